//! The optional lists that complete what rows of chats say. A server may refuse each of them or not have it.

use super::compare;
use super::readable::Check;
use crate::omnichannel::list::List;
use crate::omnichannel::server_hours::ServerHours;
use crate::operator::client::{Departments, QueryError};
use crate::rocketchat::business_hours::{self, HourRow};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::licence::{self, LicenceRow};
use crate::rocketchat::page::Row;
use crate::rocketchat::paging::{PAGE_ROWS, PageRequest};
use crate::rocketchat::permission;
use crate::rocketchat::priorities::{self, PriorityRow};
use crate::rocketchat::query::Query;
use crate::rocketchat::slas::{self, SlaRow};
use crate::rocketchat::widget::{self, WidgetRow};

impl Check<'_, '_> {
    /// Requests each optional list once, and compares the configuration with the server's policies and hours.
    pub(super) async fn optional(&mut self, departments: &Departments) {
        let levels = &self.workspace.service_levels;
        let priorities = priorities::query(PageRequest::ONE_ROW);
        self.read::<PriorityRow>(Endpoint::Priorities, List::Priorities, &priorities).await;
        let slas = slas::query(PageRequest::by_offset(0, PAGE_ROWS));
        let slas = self.read::<SlaRow>(Endpoint::Slas, List::Slas, &slas).await;
        compare::thresholds(levels, &slas.unwrap_or_default(), self.report);
        self.licence().await;
        let first = PageRequest::by_offset(0, PAGE_ROWS);
        let hours = async |endpoint, query: fn(PageRequest) -> Query| {
            self.read::<HourRow>(endpoint, List::Hours, &query(first)).await.ok_or(())
        };
        if let Ok(rows) = business_hours::all_or_default(hours, |()| true).await {
            let now = self.client.workspace_client.clock.now();
            compare::hours(levels, &ServerHours::of(&rows), departments, now, self.report);
        }
        if self.client.plan.widget {
            self.read::<WidgetRow>(Endpoint::Widget, List::Widget, &widget::query(None)).await;
        }
    }

    /// The server tells the licence to every account, and its limits with a permission only.
    async fn licence(&mut self) {
        let (endpoint, query) = (Endpoint::Licence, licence::query());
        let Some(rows) = self.read::<LicenceRow>(endpoint, List::Licence, &query).await else {
            return;
        };
        if rows.iter().all(|row| row.contacts_used().is_none()) {
            let permission = permission::needed(endpoint, false, self.capabilities.version());
            let without = endpoint.without();
            let found = format!(
                "optional, without it {without}: grant the exporter's user the permission {permission}"
            );
            self.report.aside("licenses.info (limits)", &found);
        }
    }

    /// The first rows of a list; `None` if the list cannot be read.
    async fn read<R: Row>(
        &mut self,
        endpoint: Endpoint,
        list: List,
        query: &Query,
    ) -> Option<Vec<R>> {
        let subject = (endpoint, list.as_ref());
        match self.client.page::<R>(endpoint, None, query).await {
            Err(QueryError::Failed(failure)) if failure.reason.may_mean_absent() => {
                let without = endpoint.without();
                let found = format!("optional, this server does not have it; without it {without}");
                self.aside(subject, &found);
                None
            }
            page => self.judge_optional(subject, page).map(|page| page.rows),
        }
    }
}
