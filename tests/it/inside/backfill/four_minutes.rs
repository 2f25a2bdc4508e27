//! A value that does not change is written every four minutes, because Prometheus shows a sample for five.

use std::collections::BTreeMap;

use rocketchat_omnichannel_exporter::simulator::SimulatorSettings;

use super::{Run, files, lived, settings_with_calls, wanted};

const FOUR_MINUTES: f64 = 240.0;
const DAY: f64 = 86_400.0;

/// Gauges that end with the last chat or call of a label, as on the page of the exporter.
const ENDING: [&str; 3] = ["_open_chats_by_source{", "_queued_chats_by_priority{", "_voip_"];

/// The samples of a series: their times in seconds since the start of the day, and their values.
type Samples = Vec<(f64, f64)>;

/// The samples of a file by series; the first of the two has the counted series, the other one the gauges.
fn samples(text: &str) -> (BTreeMap<&str, Samples>, BTreeMap<&str, Samples>) {
    let (mut counted, mut gauges) = (BTreeMap::<_, Samples>::new(), BTreeMap::<_, Samples>::new());
    let mut is_gauge = false;
    for line in text.lines() {
        if line.starts_with("# TYPE ") {
            is_gauge = line.ends_with(" gauge");
        }
        if line.starts_with('#') {
            continue;
        }
        let [time, value, series] = line.rsplitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let of_kind = if is_gauge { &mut gauges } else { &mut counted };
        let (time, value): (f64, f64) = (time.parse().unwrap(), value.parse().unwrap());
        of_kind.entry(series).or_default().push((time.rem_euclid(DAY), value));
    }
    (counted, gauges)
}

/// The longest time between two samples of a series, the end of the day included, seconds.
fn longest_gap(samples: &Samples) -> f64 {
    let times = samples.iter().map(|(at, _)| *at).chain([DAY]);
    let times: Vec<_> = times.collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max)
}

#[tokio::test]
async fn each_series_of_a_day_has_a_sample_every_four_minutes() {
    let settings = SimulatorSettings {
        departments: 1,
        agents: 3,
        arrivals_per_hour: 6.0,
        ..settings_with_calls(33)
    };
    // From the morning of a day to the night after the next one.
    let (simulator, from, end) = lived(&settings, 39);
    let folder = tempfile::tempdir().unwrap();
    let wanted = wanted(from, folder.path(), "--requests-per-minute 100000 --step 60s");
    Run::of(&simulator, &settings).write(&wanted, end).await;
    let written = files(folder.path());
    assert_eq!(written.len(), 3);
    let whole_day = String::from_utf8(written.into_values().nth(1).unwrap()).unwrap();
    let (counted, gauges) = samples(&whole_day);
    let is_kept = |series: &&str| !ENDING.iter().any(|name| series.contains(name));
    let kept = gauges.iter().filter(|(series, _)| is_kept(series));
    for (series, samples) in counted.iter().chain(kept) {
        let gap = longest_gap(samples);
        assert!(gap <= FOUR_MINUTES, "{series}: {gap} s");
    }
    let is_unchanged = |samples: &&Samples| {
        samples[0].0 == 0.0 && samples.iter().all(|(_, value)| *value == samples[0].1)
    };
    let unchanged: Vec<_> = counted.values().filter(is_unchanged).map(Vec::len).collect();
    assert!(unchanged.len() > 20, "{unchanged:?}");
    assert!(unchanged.iter().all(|samples| (360..=362).contains(samples)), "{unchanged:?}");
    assert!(gauges.keys().filter(|series| is_kept(series)).count() > 10);
    let changed = counted.values().map(Vec::len).max().unwrap();
    assert!(changed > 400, "a value that changes has more samples: {changed}");
}
