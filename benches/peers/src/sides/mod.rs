//! The sides of the comparison: this exporter and the other libraries, each with the same series.

mod exporter;
mod measured;
mod metrics;
mod prometheus;
mod prometheus_client;

use anyhow::Result;

pub use exporter::Exporter;

/// A registry of another library that holds the series.
pub trait Encoder: Send {
    /// Encodes all series into `page`, whose content is replaced and whose memory is used again.
    fn encode(&mut self, page: &mut Vec<u8>) -> Result<()>;
}

/// The other libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    Measured,
    PrometheusClient,
    MetricsExporterPrometheus,
    Prometheus,
}

impl Library {
    pub const ALL: [Self; 4] =
        [Self::Measured, Self::PrometheusClient, Self::MetricsExporterPrometheus, Self::Prometheus];

    /// The name of the crate.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::PrometheusClient => "prometheus-client",
            Self::MetricsExporterPrometheus => "metrics-exporter-prometheus",
            Self::Prometheus => "prometheus",
        }
    }

    /// A registry with this many series.
    pub fn with(self, count: usize) -> Result<Box<dyn Encoder>> {
        Ok(match self {
            Self::Measured => Box::new(measured::Registry::with(count)),
            Self::PrometheusClient => Box::new(prometheus_client::Client::with(count)),
            Self::MetricsExporterPrometheus => Box::new(metrics::Recorder::with(count)),
            Self::Prometheus => Box::new(prometheus::Gathered::with(count)?),
        })
    }
}
