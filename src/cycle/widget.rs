//! The widget of each department, as a visitor would find it.
//!
//! The route is public and limited by address, so that requests are counted together with those of the visitors behind
//! the same proxy. Each department is asked for at most once a minute, and within the budget of the route.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::poll_context::{PollContext, PollOutcome, UNRESERVED};
use super::single::SingleList;
use super::status::{INTERVALS_KEPT, Records};
use crate::omnichannel::list::List;
use crate::omnichannel::live_state::Update;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Failure;
use crate::rocketchat::widget::{self, WidgetRow};

/// Shortest time between two requests for the same department.
const A_MINUTE: Duration = Duration::from_secs(60);

/// The id of a department; `None` for visitors without a department.
type DepartmentId = Option<Arc<str>>;

/// The widget of a department: the time of the last request, and the last answer.
#[derive(Debug, Clone, Copy, Default)]
struct WidgetState {
    at: Option<Instant>,
    /// The answer, with its time.
    online: Option<(bool, Instant)>,
}

/// The widgets of all departments.
#[derive(Debug)]
pub(crate) struct WidgetRoute {
    pub(crate) list: SingleList,
    departments: BTreeMap<DepartmentId, WidgetState>,
    /// The tasks of requests under way.
    tasks: JoinSet<(DepartmentId, Result<Option<bool>, Failure>)>,
}

impl WidgetRoute {
    pub(crate) fn new(retry: Duration) -> Self {
        let list = SingleList::new(List::Widget, Endpoint::Widget, A_MINUTE, retry);
        Self { list, departments: BTreeMap::new(), tasks: JoinSet::new() }
    }

    /// Sets the existing departments. `with_public`: visitors without a department are asked for too.
    pub(crate) fn list<'d>(
        &mut self,
        departments: impl Iterator<Item = &'d Arc<str>>,
        with_public: bool,
    ) {
        let public = with_public.then_some(None);
        let wanted = departments.cloned().map(Some).chain(public);
        let mut known = std::mem::take(&mut self.departments);
        let keep = |id: DepartmentId| {
            let state = known.remove(&id).unwrap_or_default();
            (id, state)
        };
        self.departments = wanted.map(keep).collect();
    }

    /// Takes the answers since the last call, and starts the next requests that the budget allows at once.
    pub(crate) async fn gather(&mut self, context: &PollContext<'_>) -> PollOutcome {
        let mut outcome = PollOutcome::default();
        while let Some(joined) = self.tasks.try_join_next() {
            match joined {
                Ok((id, read)) => self.take(&id, read, context, &mut outcome),
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => {}
            }
        }
        self.begin(context).await;
        let now = Instant::now();
        let kept = self.interval(context) * INTERVALS_KEPT;
        let online = |state: &WidgetState| {
            let answer = state.online.filter(|(_, at)| now.saturating_duration_since(*at) <= kept);
            answer.map(|(online, _)| online)
        };
        let known =
            self.departments.iter().filter_map(|(id, state)| Some((id.clone(), online(state)?)));
        outcome.updates.push(Update::Widget(known.collect()));
        outcome
    }

    /// Time between two requests for the same department, as the budget allows it.
    fn interval(&self, context: &PollContext<'_>) -> Duration {
        let per_minute = context.client.per_minute(Endpoint::Widget).max(1);
        let departments = u32::try_from(self.departments.len()).unwrap_or(u32::MAX);
        A_MINUTE.max(A_MINUTE * departments / per_minute)
    }

    async fn begin(&mut self, context: &PollContext<'_>) {
        if !self.tasks.is_empty() || !self.list.may_go_on(Instant::now()) {
            return;
        }
        let now = Instant::now();
        while let Some(id) = self.next(now) {
            let permit = context.client.permit(Endpoint::Widget, UNRESERVED, Duration::ZERO).await;
            let Some(permit) = permit else { break };
            self.list.status.begin(context.began, now);
            self.departments.entry(id.clone()).or_default().at = Some(now);
            let client = Arc::clone(context.client);
            self.tasks.spawn(async move {
                let query = widget::query(id.as_deref());
                let page = client.page::<WidgetRow>(permit, None, &query).await;
                (id, page.map(|page| page.rows.first().map(|row| row.online)))
            });
        }
    }

    /// The department with the oldest request, if that is a minute ago.
    fn next(&self, now: Instant) -> Option<DepartmentId> {
        let is_due = |state: &WidgetState| {
            state.at.is_none_or(|at| now.saturating_duration_since(at) >= A_MINUTE)
        };
        let due = self.departments.iter().filter(|(_, state)| is_due(state));
        due.min_by_key(|(_, state)| state.at).map(|(id, _)| id.clone())
    }

    fn take(
        &mut self,
        id: &DepartmentId,
        read: Result<Option<bool>, Failure>,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) {
        let interval = self.interval(context);
        match read {
            Ok(online) => {
                let invalid = u64::from(online.is_none());
                self.list.status.count(Records { new: 1 - invalid, duplicate: 0, invalid });
                self.list.complete(1, false, context);
                self.list.status.plan(interval);
                if let Some(state) = self.departments.get_mut(id) {
                    state.online = online.map(|online| (online, Instant::now()));
                }
            }
            Err(failure) => self.list.fail(failure, outcome),
        }
    }
}
