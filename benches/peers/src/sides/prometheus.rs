//! The crate `prometheus`: vectors of whole numbers, gathered by a registry.

#![expect(clippy::disallowed_types, reason = "this is what is measured, with labels that are safe")]

use anyhow::Result;
use prometheus::{Encoder as _, IntGaugeVec, Opts, Registry, TextEncoder};

use super::Encoder;
use crate::series::{Family, Series, WORKSPACE, series};

pub struct Gathered(Registry);

impl Gathered {
    pub fn with(count: usize) -> Result<Self> {
        let registry = Registry::new();
        let vectors = [
            vector(&registry, Family::OpenChats)?,
            vector(&registry, Family::AgentChats)?,
            vector(&registry, Family::AgentStatus)?,
        ];
        for Series { family, labels, value } in series(count) {
            let [first, second] = labels.values();
            let vector = &vectors[family as usize];
            vector.with_label_values(&[WORKSPACE, first, second]).set(value.into());
        }
        Ok(Self(registry))
    }
}

fn vector(registry: &Registry, family: Family) -> Result<IntGaugeVec> {
    let metric = family.metric();
    let vector = IntGaugeVec::new(Opts::new(metric.name, metric.help), &family.label_names())?;
    registry.register(Box::new(vector.clone()))?;
    Ok(vector)
}

impl Encoder for Gathered {
    fn encode(&mut self, page: &mut Vec<u8>) -> Result<()> {
        page.clear();
        Ok(TextEncoder::new().encode(&self.0.gather(), page)?)
    }
}
