//! Answers of people, as the row of a chat proves them.
//!
//! Since 6.12 (server PR 32846) `metrics.response` counts only messages of people. Before 6.12 it also counts the
//! server's own messages: one at the beginning of a chat (3.12 and later), one at each forward, one at each return to
//! the queue and one at each close. Before 6.12, therefore, only `responseBy` proves an answer, and only until the
//! visitor writes again; `metrics.servedBy.lr` proves no answer. Since 6.4 (server PR 30072) `responseBy` has the time
//! of the answer, and the server's own messages never set `responseBy`. Before 6.4 they may set it, unless it names the
//! serving agent of an open chat.

use jiff::{SignedDuration, Timestamp};

use super::observation_rules::ObservationRules;
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::livechat_rooms::{ResponseBy, RoomRow};
use crate::rocketchat::unix_millis::UnixMillis;

/// Longest time between a transfer or a close and the server's own message about it.
const OWN_MESSAGE: SignedDuration = SignedDuration::from_secs(1);

/// The fields of a row from which the answers of people are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AnswersFrom {
    /// `metrics.response`, which counts only messages of people.
    #[default]
    Metrics,
    /// `responseBy`, because `metrics.response` counts the server's own messages too.
    ResponseBy,
    /// `responseBy`, as long as the meaning of `metrics.response` is unknown.
    ResponseByForNow,
}

impl AnswersFrom {
    /// The fields of a server of these capabilities.
    pub fn by(capabilities: Capabilities) -> Self {
        match (capabilities.response_times(), capabilities.version()) {
            (true, _) => Self::Metrics,
            (false, Some(_)) => Self::ResponseBy,
            (false, None) => Self::ResponseByForNow,
        }
    }
}

/// Answers of people that a row proves.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Answers {
    /// The fields from which the answers are read.
    pub from: AnswersFrom,
    /// Time of the first answer in the chat.
    pub first_at: Option<UnixMillis>,
    /// Duration from the moment the agent took the chat to the first answer, seconds.
    pub reaction_seconds: Option<f64>,
    /// A time by which a person has answered, if the row does not give the time of the answer.
    pub answered_by: Option<UnixMillis>,
    /// The latest time at which a person may have answered, if the row neither proves nor excludes an answer.
    pub doubtful_at: Option<UnixMillis>,
    /// True if the first answer may be a bot's: it came before the present agent took the chat.
    pub may_be_a_bots: bool,
    /// `metrics.servedBy.lr`: time of the first reply to the visitor's latest question; `None` if the visitor has not
    /// written.
    pub last_reply_at: Option<UnixMillis>,
    /// `responseBy.firstResponseTs`: time of the first answer after the visitor's last message.
    pub responded_at: Option<UnixMillis>,
    /// `responseBy.lastMessageTs`: time of the agent's last message after the visitor's last message.
    pub spoke_at: Option<UnixMillis>,
}

/// The facts that decide which times of a row are answers of people.
#[derive(Debug, Clone, Copy)]
struct Circumstances<'r> {
    read_at: UnixMillis,
    taken_at: Option<UnixMillis>,
    closed_at: Option<UnixMillis>,
    /// True if the serving agent is a bot.
    is_with_bot: bool,
    /// True if bots are configured.
    has_bots: bool,
    /// `responseBy`, unless its user is a bot.
    response: Option<&'r ResponseBy>,
    /// The first and the last reply, which may be a bot's or the server's.
    first: Option<UnixMillis>,
    last_reply: Option<UnixMillis>,
    /// The first and the last message of the response.
    responded: Option<UnixMillis>,
    spoke: Option<UnixMillis>,
}

impl Answers {
    /// The answers that a row proves; the row was requested at `read_at`.
    pub fn of(
        row: &RoomRow,
        read_at: Timestamp,
        observation_rules: &ObservationRules,
        from: AnswersFrom,
    ) -> Self {
        let about = &Circumstances::of(row, read_at.into(), observation_rules);
        match from {
            AnswersFrom::Metrics => Self::of_metrics(row, about),
            from => Self { from, ..Self::of_response(row, about) },
        }
    }

    /// True unless the row excludes that a person has answered.
    pub fn may_be_answered(&self) -> bool {
        self.first_at.is_some() || self.answered_by.is_some() || self.doubtful_at.is_some()
    }

    /// The answers up to and including the time `at`.
    pub(super) fn until(self, at: UnixMillis) -> Self {
        let by_then = |time: Option<UnixMillis>| time.filter(|time| *time <= at);
        let first_at = by_then(self.first_at);
        Self {
            first_at,
            reaction_seconds: self.reaction_seconds.filter(|_| first_at.is_some()),
            answered_by: by_then(self.answered_by),
            doubtful_at: by_then(self.doubtful_at),
            last_reply_at: by_then(self.last_reply_at),
            responded_at: by_then(self.responded_at),
            spoke_at: by_then(self.spoke_at),
            ..self
        }
    }

    /// Time of the first reply after `from`, among the times that the row has.
    pub fn reply_after(&self, from: UnixMillis) -> Option<UnixMillis> {
        let replies = [self.first_at, self.last_reply_at, self.responded_at, self.spoke_at];
        replies.into_iter().flatten().filter(|at| *at > from).min()
    }

    /// The answers by `metrics`. While the visitor has not written, each message of the agent overwrites
    /// `metrics.response.fd`; then `responseBy` has the time of the first message.
    fn of_metrics(row: &RoomRow, about: &Circumstances<'_>) -> Self {
        let moves = about.last_reply.is_none();
        let earlier = about.responded.filter(|at| moves && Some(*at) <= about.first);
        let first_at = about.first.map(|first| earlier.unwrap_or(first));
        let reported = row.metrics.as_ref().and_then(|metrics| metrics.reaction.as_ref()?.ft);
        let is_before_agent = first_at < about.taken_at && first_at.is_some();
        Self {
            first_at,
            reaction_seconds: earlier.and_then(|at| since(about.taken_at, at)).or(reported),
            may_be_a_bots: about.has_bots
                && !about.is_with_bot
                && is_before_agent
                && about.responded.is_none_or(|at| Some(at) > about.taken_at),
            last_reply_at: about.last_reply,
            responded_at: about.responded,
            spoke_at: about.spoke,
            ..Self::default()
        }
    }

    fn of_response(row: &RoomRow, about: &Circumstances<'_>) -> Self {
        let looks_human = |at: &UnixMillis| about.is_no_message_of_the_server(*at);
        let figure = about.first.filter(looks_human);
        let is_proven = about.responded.is_some() || names_the_agent(row, about);
        let first_at = match about.responded {
            Some(at) => Some(figure.map_or(at, |figure| figure.min(at))),
            None => figure.filter(|_| is_proven),
        };
        let doubtful_at = figure.max(about.last_reply.filter(looks_human));
        Self {
            first_at,
            reaction_seconds: first_at.and_then(|at| since(about.taken_at, at)),
            answered_by: (is_proven && first_at.is_none()).then_some(about.read_at),
            doubtful_at: doubtful_at.filter(|_| !is_proven),
            responded_at: about.responded,
            spoke_at: about.spoke.filter(|_| about.responded.is_some()),
            ..Self::default()
        }
    }
}

impl<'r> Circumstances<'r> {
    fn of(row: &'r RoomRow, read_at: UnixMillis, observation_rules: &ObservationRules) -> Self {
        let (serving, metrics) = (row.served_by.as_ref(), row.metrics.as_ref());
        let is_human = |by: &&ResponseBy| !observation_rules.knows_bot(by.name.as_deref());
        let response = row.response_by.as_ref().filter(is_human);
        let [taken_at, closed_at, first, last_reply, responded, spoke] = [
            serving.and_then(|agent| agent.ts),
            row.closed_at,
            metrics.and_then(|metrics| metrics.response.as_ref()?.fd),
            metrics.and_then(|metrics| metrics.served_by.as_ref()?.lr),
            response.and_then(|by| by.first_response_at),
            response.and_then(|by| by.last_message_at),
        ]
        .map(|at| at.map(UnixMillis::from));
        let agent_name = serving.and_then(|agent| agent.name.as_deref());
        Self {
            read_at,
            taken_at,
            closed_at,
            is_with_bot: observation_rules.knows_bot(agent_name),
            has_bots: !observation_rules.bots.is_empty(),
            response,
            first,
            last_reply,
            responded,
            spoke,
        }
    }

    /// True if a message at this time cannot be the server's own: the server writes its own messages at the transfer to
    /// the agent and at the end of the chat.
    fn is_no_message_of_the_server(&self, at: UnixMillis) -> bool {
        self.taken_at.is_some_and(|taken| at >= taken.later(OWN_MESSAGE))
            && self.closed_at.is_none_or(|closed| at.later(OWN_MESSAGE) <= closed)
    }
}

fn names_the_agent(row: &RoomRow, about: &Circumstances<'_>) -> bool {
    let agent = row.agent_id();
    let by = about.response.and_then(|by| by.id.as_deref());
    about.closed_at.is_none() && agent.is_some() && agent == by
}

/// Duration between two instants, seconds; `None` if `from` is unknown or later than `at`.
fn since(from: Option<UnixMillis>, at: UnixMillis) -> Option<f64> {
    from.filter(|from| *from <= at).map(|from| at.seconds_since(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers of a row that was requested at second 100; an agent, if any, took the chat at second 10.
    fn answers(json: &str, from: AnswersFrom) -> Answers {
        let row: RoomRow = serde_json::from_str(json).unwrap();
        Answers::of(&row, Timestamp::from_second(100).unwrap(), &ObservationRules::default(), from)
    }

    fn second(second: i64) -> UnixMillis {
        Timestamp::from_second(second).unwrap().into()
    }

    const SERVED: &str = r#""open":true,"servedBy":{"_id":"a","ts":"1970-01-01T00:00:10Z"}"#;

    fn old(rest: &str) -> Answers {
        answers(&format!(r#"{{"_id":"x",{SERVED},{rest}}}"#), AnswersFrom::ResponseBy)
    }

    /// The answers of a row of a server before 6.12 that proves no answer.
    fn nothing() -> Answers {
        Answers { from: AnswersFrom::ResponseBy, ..Answers::default() }
    }

    #[test]
    fn before_6_12_the_message_that_begins_a_chat_is_no_answer() {
        let json = r#"{"_id":"x","open":true,"ts":"1970-01-01T00:00:01Z","waitingResponse":true,
            "metrics":{"response":{"fd":"1970-01-01T00:00:01.013Z","total":1,"tt":0.013},
            "reaction":{"ft":0.013}}}"#;
        assert_eq!(answers(json, AnswersFrom::ResponseBy), nothing());
        assert!(answers(json, AnswersFrom::Metrics).first_at.is_some(), "later servers send none");
    }

    #[test]
    fn before_6_12_a_forward_proves_nothing() {
        let forwarded = r#""metrics":{"response":{"fd":"1970-01-01T00:00:10.019Z"},
            "servedBy":{"lr":"1970-01-01T00:00:10.019Z"}}"#;
        assert_eq!(old(forwarded), nothing());
    }

    #[test]
    fn before_6_12_a_response_by_a_person_is_the_answer() {
        let answered = old(r#""responseBy":{"_id":"a","firstResponseTs":"1970-01-01T00:00:15Z",
            "lastMessageTs":"1970-01-01T00:00:20Z"}"#);
        assert_eq!((answered.first_at, answered.reaction_seconds), (Some(second(15)), Some(5.0)));
        assert_eq!(answered.spoke_at, Some(second(20)));
    }

    #[test]
    fn before_6_12_an_earlier_figure_is_the_first_answer_of_several() {
        let answered = old(r#""responseBy":{"_id":"a","firstResponseTs":"1970-01-01T00:00:40Z"},
            "metrics":{"response":{"fd":"1970-01-01T00:00:15Z"}}"#);
        assert_eq!(answered.first_at, Some(second(15)));
    }

    #[test]
    fn before_6_12_an_answer_that_the_visitor_has_answered_is_doubtful() {
        let doubtful = old(r#""waitingResponse":true,"metrics":{
            "response":{"fd":"1970-01-01T00:00:15Z"},"servedBy":{"lr":"1970-01-01T00:00:15Z"}}"#);
        assert_eq!(doubtful, Answers { doubtful_at: Some(second(15)), ..nothing() });
    }

    #[test]
    fn before_6_4_a_response_is_proven_by_the_name_of_the_serving_agent() {
        assert_eq!(old(r#""responseBy":{"_id":"a"}"#).answered_by, Some(second(100)));
        assert_eq!(old(r#""responseBy":{"_id":"guest"}"#), nothing());
        let timed =
            old(r#""responseBy":{"_id":"a"},"metrics":{"response":{"fd":"1970-01-01T00:00:15Z"}}"#);
        assert_eq!((timed.first_at, timed.answered_by), (Some(second(15)), None));
    }

    #[test]
    fn an_agent_who_writes_before_the_visitor_has_answered_with_the_first_message() {
        let json = format!(
            r#"{{"_id":"x","ts":"1970-01-01T00:00:05Z",{SERVED},"responseBy":{{"_id":"a","firstResponseTs":"1970-01-01T00:00:15Z"}},
            "metrics":{{"response":{{"fd":"1970-01-01T00:00:30Z","total":3,"tt":55}},"reaction":{{"ft":20}}}}}}"#
        );
        let answered = answers(&json, AnswersFrom::Metrics);
        assert_eq!((answered.first_at, answered.reaction_seconds), (Some(second(15)), Some(5.0)));
    }

    #[test]
    fn a_reply_after_an_instant_is_the_first_one_that_the_row_tells() {
        let told = Answers {
            first_at: Some(second(1)),
            last_reply_at: Some(second(9)),
            responded_at: Some(second(30)),
            spoke_at: Some(second(40)),
            ..Answers::default()
        };
        assert_eq!(told.reply_after(second(0)), Some(second(1)));
        assert_eq!(told.reply_after(second(9)), Some(second(30)));
        assert_eq!(told.reply_after(second(35)), Some(second(40)));
        assert_eq!(told.reply_after(second(40)), None);
    }
}
