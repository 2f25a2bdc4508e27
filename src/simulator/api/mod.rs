//! The REST API as the simulated server version answers it.
//!
//! [`Api::answer`] makes the server's checks in the server's order and then runs one endpoint. Each endpoint has its
//! own file. The API is synchronous; sockets and real time are outside, except for the window of the rate limiter.

mod access;
mod administration;
mod answer;
mod directory;
mod faults;
mod incoming;
mod limiter;
mod paging;
mod parameters;
mod permission;
mod policy;
mod query;
mod queue;
mod request;
mod room_body;
mod room_conditions;
mod rooms;
mod route;
mod session;
mod voip;

use std::time::Duration;

pub(crate) use answer::{ApiAnswer, Body};
pub use faults::Fault;
pub(crate) use faults::Faults;
pub(crate) use incoming::Incoming;
pub use limiter::RouteUse;
use limiter::{Allowance, ServerRateLimiter};
pub use permission::Permission;
pub(crate) use policy::Policy;
use query::QueryParameters;
use request::EndpointRequest;
pub use route::Route;

use super::world::World;

/// The API of one workspace. The state it keeps is the rate limiter and the number of answered requests.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) policy: Policy,
    limiter: ServerRateLimiter,
    answered: usize,
}

impl Api {
    pub(crate) fn new(policy: Policy, limit: Option<u32>, window: Duration) -> Self {
        Self { policy, limiter: ServerRateLimiter::new(limit, window), answered: 0 }
    }

    pub(crate) fn route_use(&self, route: Route) -> RouteUse {
        self.limiter.route_use(route)
    }

    /// Answers one request and sets `date` from the workspace's clock.
    pub(crate) fn answer(&mut self, world: &mut World, incoming: &Incoming) -> ApiAnswer {
        self.answered += 1;
        let mut allowance = None;
        let checked = self.pass_checks(world, incoming, &mut allowance);
        let answer = checked.unwrap_or_else(std::convert::identity);
        let answer = allowance.iter().fold(answer, |it, allowance| allowance.announce(it, world));
        answer.refused_as_of(world.version, self.answered).stamped(world.now())
    }

    fn pass_checks(
        &mut self,
        world: &mut World,
        incoming: &Incoming,
        allowance: &mut Option<Allowance>,
    ) -> Result<ApiAnswer, ApiAnswer> {
        let version = world.version;
        let route = Route::of(&incoming.path);
        let enterprise = world.administration.is_enterprise;
        if incoming.method != "GET" || !route.exists(version, enterprise) {
            return Err(ApiAnswer::no_such_path(version));
        }
        let request = EndpointRequest {
            policy: &self.policy,
            version,
            path: &incoming.path,
            query: QueryParameters::parse(&incoming.query, version),
            authenticated: access::authenticates(&self.policy, incoming),
            tie_breaker: self.answered,
        };
        if route != Route::Info {
            check_in_order(&request, route, || self.limiter.admit(version, route, allowance))?;
        }
        endpoint(&request, route, world)
    }
}

/// The token is checked first. Up to 7.x the limiter counts next; from 8.0 on the declared permissions are checked
/// next.
fn check_in_order(
    request: &EndpointRequest<'_>,
    route: Route,
    admit: impl FnOnce() -> Result<(), ApiAnswer>,
) -> Result<(), ApiAnswer> {
    if !request.authenticated && !route.is_public() {
        return Err(ApiAnswer::not_logged_in(request.version));
    }
    let permitted = || access::check_declared(request.policy, route);
    let valid = || parameters::check(route, request);
    let permitted_first =
        request.version.checks_permissions_first() && route.declares_permissions();
    if permitted_first {
        permitted()?;
    }
    if request.version.has_typed_routes() {
        valid()?;
        admit()?;
    } else {
        admit()?;
        valid()?;
    }
    if permitted_first { Ok(()) } else { permitted() }
}

fn endpoint(
    request: &EndpointRequest<'_>,
    route: Route,
    world: &mut World,
) -> Result<ApiAnswer, ApiAnswer> {
    match route {
        Route::Info => Ok(session::info(request)),
        Route::Me => Ok(session::me(request, world)),
        Route::Rooms => rooms::list(request, world),
        Route::Queue => queue::list(request, world),
        Route::Departments => directory::departments(request, world),
        Route::Department => Ok(directory::department(request, world)),
        Route::Agents => directory::agents(request, world),
        Route::Priorities => administration::priorities(request, world),
        Route::Slas => administration::slas(request, world),
        Route::Licence => Ok(administration::licence(request, world)),
        Route::BusinessHour => Ok(administration::default_hour(request, world)),
        Route::BusinessHours => administration::hours(request, world),
        Route::Widget => Ok(administration::widget(request, world)),
        Route::VoipRooms => voip::list(request, world),
        Route::VoipRoom => voip::one(request, world),
        Route::Unknown => Err(ApiAnswer::no_such_path(request.version)),
    }
}
