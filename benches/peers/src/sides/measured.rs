//! The crate `measured`: vectors of gauges whose label values are interned.

use anyhow::Result;
use measured::metric::MetricFamilyEncoding;
use measured::metric::group::Encoding;
use measured::metric::name::MetricName;
use measured::text::TextEncoder;
use measured::{GaugeVec, LabelGroup};
use paracord::ParaCord;

use super::Encoder;
use crate::series::{Family, Series, WORKSPACE, series};

#[derive(Clone, Copy, LabelGroup)]
#[label(set = OpenChatsSet)]
struct OpenChats<'a> {
    #[label(dynamic_with = ParaCord)]
    workspace: &'a str,
    #[label(dynamic_with = ParaCord)]
    department: &'a str,
    #[label(dynamic_with = ParaCord)]
    state: &'a str,
}

#[derive(Clone, Copy, LabelGroup)]
#[label(set = AgentChatsSet)]
struct AgentChats<'a> {
    #[label(dynamic_with = ParaCord)]
    workspace: &'a str,
    #[label(dynamic_with = ParaCord)]
    agent: &'a str,
    #[label(dynamic_with = ParaCord)]
    department: &'a str,
}

#[derive(Clone, Copy, LabelGroup)]
#[label(set = AgentStatusSet)]
struct AgentStatus<'a> {
    #[label(dynamic_with = ParaCord)]
    workspace: &'a str,
    #[label(dynamic_with = ParaCord)]
    agent: &'a str,
    #[label(dynamic_with = ParaCord)]
    status: &'a str,
}

pub struct Registry {
    open_chats: GaugeVec<OpenChatsSet>,
    agent_chats: GaugeVec<AgentChatsSet>,
    agent_status: GaugeVec<AgentStatusSet>,
}

impl Registry {
    pub fn with(count: usize) -> Self {
        let interned = ParaCord::default;
        let registry = Self {
            open_chats: GaugeVec::with_label_set(OpenChatsSet {
                workspace: interned(),
                department: interned(),
                state: interned(),
            }),
            agent_chats: GaugeVec::with_label_set(AgentChatsSet {
                workspace: interned(),
                agent: interned(),
                department: interned(),
            }),
            agent_status: GaugeVec::with_label_set(AgentStatusSet {
                workspace: interned(),
                agent: interned(),
                status: interned(),
            }),
        };
        series(count).for_each(|it| registry.set(&it));
        registry
    }

    fn set(&self, Series { family, labels, value }: &Series) {
        let ([first, second], value) = (labels.values(), i64::from(*value));
        let workspace = WORKSPACE;
        match family {
            Family::OpenChats => {
                let labels = OpenChats { workspace, department: first, state: second };
                self.open_chats.set(labels, value);
            }
            Family::AgentChats => {
                let labels = AgentChats { workspace, agent: first, department: second };
                self.agent_chats.set(labels, value);
            }
            Family::AgentStatus => {
                let labels = AgentStatus { workspace, agent: first, status: second };
                self.agent_status.set(labels, value);
            }
        }
    }
}

impl Encoder for Registry {
    fn encode(&mut self, page: &mut Vec<u8>) -> Result<()> {
        page.clear();
        let mut encoder = TextEncoder::new(page);
        for family in Family::ALL {
            let metric = family.metric();
            let name = MetricName::from_str(metric.name);
            encoder.write_help(name, metric.help)?;
            match family {
                Family::OpenChats => self.open_chats.collect_family_into(name, &mut encoder)?,
                Family::AgentChats => self.agent_chats.collect_family_into(name, &mut encoder)?,
                Family::AgentStatus => self.agent_status.collect_family_into(name, &mut encoder)?,
            }
        }
        Ok(())
    }
}
