//! Builds the cycle of a workspace from its settings.
//!
//! The module only translates: the meaning of a setting is decided in the module that uses the setting.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use crate::bounded_file;
use crate::clock::Clock;
use crate::config::{ConnectionSettings, Filter, Scope, Workspace};
use crate::cycle::snapshot::Capacity;
use crate::cycle::{Cycle, CycleConfig, Persistence, Plan};
use crate::omnichannel::observation_rules::ObservationRules;
use crate::omnichannel::rules::{AgentDetail, Rules};
use crate::rocketchat::auth::Auth;
use crate::rocketchat::budget::Budget;
use crate::rocketchat::client::Client;
use crate::rocketchat::http_settings::{HttpSettings, HttpSettingsError};
use crate::rocketchat::http_transport::HttpTransport;
use crate::rocketchat::livechat_queue::LoadFilter;
use crate::rocketchat::livechat_rooms::RoomFilter;
use crate::rocketchat::request_stats::RequestStats;
use crate::rocketchat::server_clock::ServerClock;
use crate::rocketchat::tls::MOST_PEM_BYTES;
use crate::rocketchat::transport::Transport;
use crate::rocketchat::voip_rooms::CallFilter;
use crate::store::Store;
use crate::store::state::StateIdentity;
use crate::webhook::nudges::Nudges;
use crate::x509::SystemStamp;

/// The request budgets of the servers: workspaces on the same server share one budget. A budget outlives a client that is
/// replaced, because the requests of that client still count.
#[derive(Debug, Default)]
pub struct RateLimiters(BTreeMap<String, Arc<Budget>>);

impl RateLimiters {
    fn budget(&mut self, url: &url::Url) -> Arc<Budget> {
        Arc::clone(self.0.entry(url.as_str().to_owned()).or_default())
    }

    /// The addresses of the servers that have a budget.
    #[cfg(test)]
    pub(crate) fn servers(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// Drops the budgets of all servers but these.
    pub(crate) fn keep<'a>(&mut self, urls: impl Iterator<Item = &'a url::Url>) {
        let urls: BTreeSet<&str> = urls.map(url::Url::as_str).collect();
        self.0.retain(|url, _| urls.contains(url.as_str()));
    }
}

/// The parts of a cycle whose saved state was not read yet.
#[derive(Debug)]
pub struct CycleParts {
    config: CycleConfig,
    state_identity: StateIdentity,
    carried_state: Option<Vec<u8>>,
}

impl CycleParts {
    /// The parts of a cycle over this transport; sends nothing. `panics` counts the panics of earlier cycles,
    /// `carried_state` is the exported state of the cycle before, for a cycle without a store.
    pub fn over(
        workspace: &Workspace,
        clock: Clock,
        rate_limiters: &mut RateLimiters,
        transport: Arc<dyn Transport>,
        panics: Arc<AtomicU64>,
        carried_state: Option<Vec<u8>>,
    ) -> Self {
        let WorkspaceClient { client, clock, request_stats } =
            client_over(workspace, clock, rate_limiters, transport);
        let config = CycleConfig {
            url: Arc::from(workspace.url.as_str().trim_end_matches('/')),
            client: Arc::new(client),
            clock,
            request_stats,
            plan: plan(workspace),
            rules: Arc::new(rules(workspace)),
            capacity: Capacity {
                chat_limit: workspace.agents.chat_limit,
                concurrency_factor: workspace.agents.effective_concurrency_factor(),
            },
            panics,
            nudges: workspace.webhook_token.as_ref().map(|_| Arc::default()),
        };
        Self { config, state_identity: state_identity(workspace), carried_state }
    }

    /// The parts with the webhooks of the workspace, which the cycle heeds if the workspace has a token for them.
    #[must_use]
    pub fn with_nudges(mut self, nudges: Arc<Nudges>) -> Self {
        self.config.nudges = self.config.nudges.map(|_| nudges);
        self
    }

    /// The cycle, ready to run. Reads the saved state of the store, which blocks.
    pub fn cycle(self, store: Option<Store>) -> Cycle {
        let Self { config, state_identity, carried_state } = self;
        Cycle::new(config, Persistence { state_identity, store, carried_state })
    }
}

/// The transport of a workspace. Reads its certificate files; sends nothing.
pub fn transport(workspace: &Workspace) -> Result<Arc<dyn Transport>, HttpSettingsError> {
    Ok(Arc::new(HttpTransport::new(&http_settings(workspace))?))
}

/// A hash of the certificates of these workspaces, which can change while the settings stay the same: the content of
/// the certificate files, and the stamp of the system's authorities if a workspace trusts these. Each file is read once.
pub fn fingerprint<'a>(workspaces: impl IntoIterator<Item = &'a Workspace>) -> u64 {
    let (mut paths, mut system) = (BTreeSet::new(), None);
    for Workspace { connection, url, .. } in workspaces {
        let identity = connection.identity.iter();
        paths.extend(identity.flat_map(|it| [&it.certificate_file, &it.key_file]));
        paths.extend(&connection.ca_file);
        if connection.ca_file.is_none() && url.scheme() == "https" {
            system.get_or_insert_with(SystemStamp::now);
        }
    }
    let mut hash = Xxh3Default::new();
    for path in paths {
        bounded_file::bytes(path, MOST_PEM_BYTES).unwrap_or_default().hash(&mut hash);
    }
    system.hash(&mut hash);
    hash.digest()
}

/// The cycle of a workspace over this transport, ready to run. Reads the saved state; the token is read at the first
/// request.
pub fn cycle_over(
    workspace: &Workspace,
    clock: Clock,
    rate_limiters: &mut RateLimiters,
    store: Option<Store>,
    transport: Arc<dyn Transport>,
) -> Cycle {
    CycleParts::over(workspace, clock, rate_limiters, transport, Arc::default(), None).cycle(store)
}

/// The client of a workspace, its server clock and its request statistics.
#[derive(Debug)]
pub(crate) struct WorkspaceClient {
    pub(crate) client: Client,
    pub(crate) clock: Arc<ServerClock>,
    pub(crate) request_stats: Arc<RequestStats>,
}

/// The client over any transport, as the cycle of the workspace would have it.
pub(crate) fn client_over(
    workspace: &Workspace,
    clock: Clock,
    rate_limiters: &mut RateLimiters,
    transport: Arc<dyn Transport>,
) -> WorkspaceClient {
    let clock = Arc::new(ServerClock::new(clock));
    let request_stats = Arc::new(RequestStats::default());
    let client = Client::new(
        transport,
        &http_settings(workspace),
        Auth::new(workspace.user_id.clone(), workspace.token.clone()),
        Arc::clone(&clock),
        Arc::clone(&request_stats),
        rate_limiters.budget(&workspace.url),
    );
    WorkspaceClient { client, clock, request_stats }
}

/// The identity of the state of a workspace.
pub(crate) fn state_identity(workspace: &Workspace) -> StateIdentity {
    let rules = rules(workspace);
    let counts_agents = rules.detail >= AgentDetail::Performance;
    StateIdentity {
        identity: identity(workspace),
        agents: counts_agents.then_some(rules.agent_label),
    }
}

/// The identity of a workspace's totals. Another filter, or another user with `scope: own`, counts other events and so
/// has another identity. The filter is included as a hash only.
fn identity(workspace: &Workspace) -> String {
    let own = (workspace.scope == Scope::Own).then(|| format!("own={}", workspace.user_id));
    let mut narrowed: Vec<String> = narrowings(&workspace.filter).chain(own).collect();
    narrowed.sort_unstable();
    format!("{} {:016x}", workspace.url, xxh3_64(narrowed.join("\n").as_bytes()))
}

/// All conditions of a filter, under names that stay the same in every release.
fn narrowings(filter: &Filter) -> impl Iterator<Item = String> {
    let lists =
        [("department", &filter.departments), ("agent", &filter.agents), ("tag", &filter.tags)];
    let lists = lists.into_iter().flat_map(|(key, list)| list.iter().map(move |it| (key, &**it)));
    let values = [
        ("room_name", filter.room_name.as_deref()),
        ("voip_queue", filter.voip_queue.as_deref()),
        ("voip_direction", filter.voip_direction.map(Into::into)),
        ("voip_visitor_id", filter.voip_visitor_id.as_deref()),
    ];
    let values = values.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let fields =
        filter.custom_fields.iter().map(|(key, value)| format!("custom_field={key}={value}"));
    lists.chain(values).map(|(key, value)| format!("{key}={value}")).chain(fields)
}

fn http_settings(workspace: &Workspace) -> HttpSettings {
    let ConnectionSettings { ca_file, identity, proxy, gzip } = workspace.connection.clone();
    HttpSettings {
        url: workspace.url.clone(),
        timeout: workspace.poll.timeout,
        ca_file,
        identity,
        proxy: proxy.map(|proxy| proxy.expose().to_owned().into()),
        gzip,
        max_requests_per_minute: workspace.poll.max_requests_per_minute,
    }
}

/// The plan of the cycle. With `scope: own` every list is restricted to that agent, as the server demands.
pub(crate) fn plan(workspace: &Workspace) -> Plan {
    let own = (workspace.scope == Scope::Own).then(|| workspace.user_id.clone());
    let filter = workspace.filter.clone();
    let agents = own.as_ref().map_or(filter.agents, |own| vec![own.clone()]);
    Plan {
        workspace: Arc::from(workspace.name.as_str()),
        interval: workspace.poll.interval,
        max_pages: workspace.poll.max_pages,
        own_chats_only: own.is_some(),
        widget: workspace.widget,
        server_hours: workspace.service_levels.refer_to_server(),
        departments: filter.departments,
        loads: LoadFilter { agent_id: own, department_id: None },
        calls: CallFilter {
            agents: agents.clone(),
            queue: filter.voip_queue,
            direction: filter.voip_direction,
            visitor_id: filter.voip_visitor_id,
            tags: filter.tags.clone(),
            room_name: filter.room_name.clone(),
        },
        observation_rules: ObservationRules {
            bots: workspace.bots.clone(),
            tags: workspace.tags.iter().map(|tag| Arc::from(tag.as_str())).collect(),
        },
        rooms: RoomFilter {
            agents,
            departments: Vec::new(),
            tags: filter.tags,
            room_name: filter.room_name,
            custom_fields: filter.custom_fields,
        },
    }
}

/// The rules of a workspace by which its figures are made.
pub(crate) fn rules(workspace: &Workspace) -> Rules {
    let filter = &workspace.filter;
    // Conditions that the server supports for rooms and not for `livechat/queue`.
    let narrows_rooms_alone =
        !filter.tags.is_empty() || filter.room_name.is_some() || !filter.custom_fields.is_empty();
    Rules {
        service_levels: workspace.service_levels.clone(),
        detail: workspace.agents.detail,
        agent_label: workspace.agents.label,
        shows_public: filter.departments.is_empty(),
        compares_loads: !narrows_rooms_alone,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::config::{self, Flags};
    use crate::rocketchat::endpoint::Endpoint;
    use crate::rocketchat::limiter::{PlannedPolls, RequestCount};

    fn workspace() -> Workspace {
        let environment = [
            ("ROCKETCHAT_URL", "http://chat.invalid"),
            ("ROCKETCHAT_USER_ID", "u"),
            ("ROCKETCHAT_AUTH_TOKEN", "t"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = config::load(&Flags::default(), BTreeMap::from(environment)).unwrap();
        settings.workspaces[0].clone()
    }

    fn client(rate_limiters: &mut RateLimiters) -> Client {
        let workspace = workspace();
        let transport = transport(&workspace).unwrap();
        client_over(&workspace, Clock::system(), rate_limiters, transport).client
    }

    /// True if one request may be sent beside the planned ones: of five in a minute, each client plans three.
    fn allows_extra(client: &Client) -> bool {
        let next = Instant::now() + Duration::from_secs(30);
        let every = Duration::from_secs(60);
        let planned = PlannedPolls { next, every, requests: 3, is_first: true };
        let one = RequestCount::default().and(1, true);
        client.allows_extra(Endpoint::LivechatRooms, one, 0, &[planned])
    }

    #[test]
    fn a_client_allows_for_the_plans_of_the_clients_of_its_server_and_of_nobody_else() {
        let mut rate_limiters = RateLimiters::default();
        let one = client(&mut rate_limiters);
        let _owner = rate_limiters.budget(&workspace().url);
        assert!(allows_extra(&one), "an owner of the budget that is no client plans nothing");
        let other = client(&mut rate_limiters);
        drop(rate_limiters);
        assert!(!allows_extra(&one) && !allows_extra(&other), "two clients share the budget");
        drop(other);
        assert!(allows_extra(&one));
    }
}
