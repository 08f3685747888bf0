//! The user's `desk.toml` and the words of the command line that lie over it, in every order of wrong.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mts1b_desk::config::{ConfigError, Feed, Overrides, Settings, Speed};
use mts1b_desk_fuzz::{Bytes, said, same, text};

const NAME: &str = "desk.toml";

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    let which = bytes.byte();
    let mut word = |bit: u8| (which & bit != 0).then(|| text(bytes.some()).into_owned());
    let overrides = Overrides {
        feed: word(1),
        broker: word(2),
        fund: word(4),
        theme: word(8),
        layout: word(16),
        read_only: which & 32 != 0,
    };
    let file = text(bytes.rest());
    match Settings::from_layers(Some((NAME, &file)), &overrides) {
        Ok(settings) => holds(&settings, &file, &overrides),
        Err(ConfigError::Invalid(problems)) => {
            assert!(!problems.is_empty());
            let lines = file.lines().count() + 1;
            for problem in &problems {
                said(problem);
                assert!(!problem.file().is_empty() && !problem.text().is_empty());
                if problem.file() == NAME {
                    let line = problem.line().expect("a file has lines");
                    assert!((1..=lines).contains(&line), "{problem}");
                }
            }
        }
        Err(error) => panic!("nothing was read from disk: {error}"),
    }
});

fn holds(settings: &Settings, file: &str, overrides: &Overrides) {
    let again = Settings::from_layers(Some((NAME, file)), overrides);
    assert_eq!(again.as_ref().ok(), Some(settings));
    for fund in settings.funds() {
        same(&fund.config);
        same(&fund.envelope);
        assert_eq!(fund.envelope.faults(), Vec::<String>::new());
        assert_eq!(fund.envelope.fund_id, fund.config.fund_id);
        assert!(fund.config.target_nav_usd.is_positive());
    }
    let desk = settings.desk();
    assert!(settings.funds().contains(settings.fund()));
    assert_eq!(settings.fund().config.fund_id, desk.fund);
    assert!(!overrides.read_only || desk.read_only);
    assert!(desk.frames_most > 0 && desk.rate_most > 0);
    if let Feed::Replay { speed, .. } = &desk.feed {
        assert_eq!(speed.to_string().parse::<Speed>().as_ref(), Ok(speed));
        if let Speed::Times(times) = speed {
            // Twenty years at that speed are still a time one can wait for.
            let wait = std::time::Duration::from_hours(24 * 365 * 20).div_f64(times.to_f64());
            assert!(wait.as_secs() < u64::MAX / 1000);
        }
    }
}
