//! The formats of the metrics page.

/// A format of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The text format of Prometheus, version 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics {
        /// True if `_created` stands beside counted values.
        created: bool,
    },
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] =
        [Self::Text, Self::OpenMetrics { created: true }, Self::OpenMetrics { created: false }];

    /// The content type, in the exact form that Prometheus 3 accepts.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics { .. } => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }
}
