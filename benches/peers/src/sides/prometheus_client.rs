//! The crate `prometheus-client`: families with typed labels.

use std::fmt;

use anyhow::Result;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family as Vector;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Encoder;
use crate::series::{Family, Labels, Series, WORKSPACE, series};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OpenChats {
    workspace: &'static str,
    department: String,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AgentChats {
    workspace: &'static str,
    agent: String,
    department: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AgentStatus {
    workspace: &'static str,
    agent: String,
    status: &'static str,
}

pub struct Client(Registry);

impl Client {
    pub fn with(count: usize) -> Self {
        let mut registry = Registry::default();
        let open_chats = Vector::<OpenChats, Gauge>::default();
        let agent_chats = Vector::<AgentChats, Gauge>::default();
        let agent_status = Vector::<AgentStatus, Gauge>::default();
        let [first, second, third] = Family::ALL.map(Family::metric);
        registry.register(first.name, first.help, open_chats.clone());
        registry.register(second.name, second.help, agent_chats.clone());
        registry.register(third.name, third.help, agent_status.clone());
        let workspace = WORKSPACE;
        for Series { family, labels, value } in series(count) {
            let value = i64::from(value);
            match (labels, family) {
                (Labels::Department(agent, department), _) => {
                    let labels = AgentChats { workspace, agent, department };
                    agent_chats.get_or_create(&labels).set(value);
                }
                (Labels::Word(department, state), Family::OpenChats) => {
                    let labels = OpenChats { workspace, department, state };
                    open_chats.get_or_create(&labels).set(value);
                }
                (Labels::Word(agent, status), _) => {
                    let labels = AgentStatus { workspace, agent, status };
                    agent_status.get_or_create(&labels).set(value);
                }
            }
        }
        Self(registry)
    }
}

/// The encoder writes text; the page is bytes.
struct Text<'p>(&'p mut Vec<u8>);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

impl Encoder for Client {
    fn encode(&mut self, page: &mut Vec<u8>) -> Result<()> {
        page.clear();
        Ok(text::encode(&mut Text(page), &self.0)?)
    }
}
