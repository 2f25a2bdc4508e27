//! The crate `metrics-exporter-prometheus`, the recorder of the crate `metrics`.

use anyhow::Result;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::Encoder;
use crate::series::{Family, Series, WORKSPACE, series};

pub struct Recorder(PrometheusHandle);

impl Recorder {
    pub fn with(count: usize) -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            for family in Family::ALL {
                let metric = family.metric();
                metrics::describe_gauge!(metric.name, metric.help);
            }
            for Series { family, labels, value } in series(count) {
                let [first, second] = labels.values();
                let values = [WORKSPACE, first, second].map(str::to_owned);
                let names = family.label_names().into_iter();
                let labels: Vec<(&str, String)> = names.zip(values).collect();
                metrics::gauge!(family.metric().name, &labels).set(value);
            }
        });
        Self(recorder.handle())
    }
}

impl Encoder for Recorder {
    fn encode(&mut self, page: &mut Vec<u8>) -> Result<()> {
        page.clear();
        Ok(self.0.render_to_write(page)?)
    }
}
