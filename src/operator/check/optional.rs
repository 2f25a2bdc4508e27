//! The optional lists that complete what rows of chats say. A server may refuse each of them or not have it.

use super::compare;
use super::readable::{At, at, judge_optional};
use super::report::Report;
use crate::omnichannel::list::List;
use crate::omnichannel::server_hours::ServerHours;
use crate::omnichannel::service_level::ServiceLevels;
use crate::operator::client::{Departments, OperatorClient, QueryError};
use crate::rocketchat::business_hours::{self, HourRow};
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Reason;
use crate::rocketchat::licence::{self, LicenceRow};
use crate::rocketchat::page::Row;
use crate::rocketchat::paging::{PAGE_ROWS, PageRequest};
use crate::rocketchat::permission;
use crate::rocketchat::priorities::{self, PriorityRow};
use crate::rocketchat::query::Query;
use crate::rocketchat::slas::{self, SlaRow};
use crate::rocketchat::widget::{self, WidgetRow};

/// The inputs of the check of optional lists.
pub(super) struct Optional<'a> {
    pub(super) operator_client: &'a OperatorClient,
    pub(super) capabilities: Capabilities,
    pub(super) departments: &'a Departments,
    pub(super) levels: &'a ServiceLevels,
}

impl Optional<'_> {
    /// Requests each optional list once, and compares the configuration with the server's policies and hours.
    pub(super) async fn look(&self, report: &mut Report<'_>) {
        let priorities = priorities::query(PageRequest::ONE_ROW);
        self.read::<PriorityRow>((Endpoint::Priorities, List::Priorities), &priorities, report)
            .await;
        let slas = slas::query(PageRequest::by_offset(0, PAGE_ROWS));
        let slas = self.read::<SlaRow>((Endpoint::Slas, List::Slas), &slas, report).await;
        compare::thresholds(self.levels, &slas.unwrap_or_default(), report);
        self.licence(report).await;
        let all = business_hours::query(PageRequest::by_offset(0, PAGE_ROWS));
        let mut hours =
            self.read::<HourRow>((Endpoint::BusinessHours, List::Hours), &all, report).await;
        if hours.is_none() {
            let default = business_hours::default_query();
            hours = self.read((Endpoint::BusinessHour, List::Hours), &default, report).await;
        }
        if let Some(rows) = hours {
            let now = self.operator_client.workspace_client.clock.now();
            compare::hours(self.levels, &ServerHours::of(&rows), self.departments, now, report);
        }
        if self.operator_client.plan.widget {
            let query = widget::query(None);
            self.read::<WidgetRow>((Endpoint::Widget, List::Widget), &query, report).await;
        }
    }

    /// The server tells the licence to every account, and its limits with a permission only.
    async fn licence(&self, report: &mut Report<'_>) {
        let (endpoint, query) = (Endpoint::Licence, licence::query());
        let rows = self.read::<LicenceRow>((endpoint, List::Licence), &query, report).await;
        let Some(rows) = rows else { return };
        if rows.iter().all(|row| row.contacts_used().is_none()) {
            let permission = permission::needed(endpoint, false, self.capabilities.version());
            let without = endpoint.without();
            let found = format!(
                "optional, without it {without}: grant the exporter's user the permission {permission}"
            );
            report.aside("licenses.info (limits)", &found);
        }
    }

    /// The first rows of a list; `None` if the list cannot be read.
    async fn read<R: Row>(
        &self,
        (endpoint, list): (Endpoint, List),
        query: &Query,
        report: &mut Report<'_>,
    ) -> Option<Vec<R>> {
        let at = at(endpoint, list.label(), self.operator_client, self.capabilities);
        match self.operator_client.page::<R>(endpoint, None, query).await {
            Ok(page) => {
                judge_optional(&at, Ok(()), report);
                Some(page.rows)
            }
            Err(error) => {
                unreadable(&at, error, report);
                None
            }
        }
    }
}

/// Reports a list that the server refuses or does not have.
fn unreadable(at: &At, error: QueryError, report: &mut Report<'_>) {
    match error {
        QueryError::Failed(failure)
            if matches!(failure.reason, Reason::NotFound | Reason::Decode) =>
        {
            let without = at.endpoint.without();
            let found = format!("optional, this server does not have it; without it {without}");
            report.aside(&at.what, &found);
        }
        error => judge_optional(at, Err(error), report),
    }
}
