//! The check of every list that the exporter would poll, and of the permission that each needs: one small request for
//! each.

use super::compare;
use super::readable::Check;
use super::rooms;
use crate::cycle::resolution;
use crate::omnichannel::list::List;
use crate::operator::client::{Departments, QueryError};
use crate::rocketchat::agents::{self, AgentRow};
use crate::rocketchat::capabilities::Support;
use crate::rocketchat::departments::MemberRow;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::evidence::Signs;
use crate::rocketchat::livechat_queue::{self, LoadRow};
use crate::rocketchat::paging::{PAGE_ROWS, PageRequest};
use crate::rocketchat::query::Query;
use crate::rocketchat::voip_rooms::{self, CallRow};

impl Check<'_, '_> {
    /// Requests each list in turn. No list depends on another, but rooms need the departments of the filter.
    pub(super) async fn endpoints(&mut self) {
        let (departments, filter) = self.departments().await;
        self.members(&departments).await;
        let capabilities = self.capabilities.with(self.loads().await);
        let check = Check { capabilities, report: self.report, ..*self };
        rooms::look(check, filter).await;
        self.calls().await;
        self.optional(&departments).await;
    }

    /// The departments, and the ids of the departments of the filter; `None` if a department of the filter has no id.
    async fn departments(&mut self) -> (Departments, Option<Vec<String>>) {
        let subject = (Endpoint::Departments, List::Departments.as_ref());
        let named = &self.client.plan.departments;
        let with_archived = !named.is_empty() && self.capabilities.archived_departments();
        let (departments, outcome) = match self.client.departments(with_archived).await {
            Ok(departments) => (departments, Ok(())),
            Err(unanswered) => (Departments::unknown(), Err(unanswered)),
        };
        let filter = resolution::resolve(named, |name| departments.named(name));
        let unresolved = match (&filter, &outcome) {
            (Err(unknown), Ok(())) => {
                Some(resolution::not_listed(unknown, departments.names.len()))
            }
            (Err(unknown), Err(QueryError::Failed(failure))) => {
                Some(resolution::not_readable(unknown, failure))
            }
            _ => None,
        };
        if named.is_empty() {
            self.judge_optional(subject, outcome);
        } else {
            self.judge(subject, outcome);
        }
        if let Some(unresolved) = unresolved {
            self.report.failed("filter", &unresolved.problem_and_remedy());
        }
        (departments, filter.ok())
    }

    /// Checks all agents, and the members of departments: the rows of agents contain them, or they are requested for
    /// one department.
    async fn members(&mut self, departments: &Departments) {
        let first_page = PageRequest::by_offset(0, PAGE_ROWS);
        let (endpoint, query) = (Endpoint::Agents, agents::query(first_page));
        let page = self.client.page::<AgentRow>(endpoint, None, &query).await;
        let page = self.judge_optional((endpoint, List::Agents.as_ref()), page);
        let are_sent = page.as_ref().is_some_and(|page| agents::contain_departments(&page.rows));
        let rows = page.iter().flat_map(|page| &page.rows);
        let limits: Vec<u64> = rows.filter_map(|row| row.chat_limit).collect();
        let configured = self.workspace.agents.chat_limit;
        compare::chat_limits(configured, &limits, &departments.chat_limits, self.report);
        if are_sent {
            self.judge((endpoint, "members"), Ok(()));
            return;
        }
        let (endpoint, Some(id)) = (Endpoint::Department, departments.first()) else { return };
        let page = self.client.page::<MemberRow>(endpoint, Some(id), &Query::default()).await;
        self.judge_optional((endpoint, "members"), page);
    }

    /// Checks the chats held by agents; returns signs of the server's release.
    async fn loads(&mut self) -> Signs {
        let endpoint = Endpoint::LivechatQueue;
        let query = livechat_queue::query(true, &self.client.plan.loads, PageRequest::ONE_ROW);
        let page = self.client.page::<LoadRow>(endpoint, None, &query).await;
        let page = self.judge((endpoint, List::Queue.as_ref()), page);
        page.iter().flat_map(|page| &page.rows).filter_map(|row| row.sign).collect()
    }

    /// Checks the calls. Servers from 4.5 to 7.x have them; no figure is missing on other servers.
    async fn calls(&mut self) {
        let subject = (Endpoint::VoipRooms, List::Calls.as_ref());
        if self.capabilities.voip() == Support::No {
            let found = "not requested: only servers from 4.5 to 7.x have calls";
            return self.aside(subject, found);
        }
        let (selection, filter) = (voip_rooms::CallSelection::Open, &self.client.plan.calls);
        let query = voip_rooms::query(selection, filter, PageRequest::ONE_ROW);
        match self.client.page::<CallRow>(subject.0, None, &query).await {
            Err(QueryError::Failed(failure)) if failure.reason.may_mean_absent() => {
                self.aside(subject, "optional, this server has no calls");
            }
            page => drop(self.judge_optional(subject, page)),
        }
    }
}
