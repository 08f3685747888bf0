//! Files of the market: recordings, plain and compressed, the file of instruments, tables of closes and scores.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mts1b_desk::adapter::replay::Recording;
use mts1b_desk::adapter::sim::Universe;
use mts1b_desk::portfolio::panel::{adjust, read_closes, read_returns, read_scores, read_splits};
use mts1b_desk::portfolio::{factor, sizer};
use mts1b_desk::protocol::{Params, SizerInput};
use mts1b_desk_fuzz::{Bytes, names, said, same, scratch, text};

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    match bytes.byte() % 5 {
        0 => recording(bytes.rest()),
        1 => {
            // A good archive of bad lines, cut or changed at one place.
            let (at, by) = (usize::from(bytes.pair()), bytes.byte());
            let mut archive = zstd::encode_all(bytes.rest(), 1).expect("memory is written");
            let at = at % archive.len();
            archive[at] ^= by;
            recording(&archive);
        }
        2 => recording(&[&[0x28, 0xb5, 0x2f, 0xfd], bytes.rest()].concat()),
        3 => universe(&text(bytes.rest())),
        _ => tables(bytes.rest()),
    }
});

fn recording(file: &[u8]) {
    let path = scratch("recording");
    std::fs::write(&path, file).expect("the scratch file is written");
    let mut recording = match Recording::open(&path) {
        Ok(recording) => recording,
        Err(error) => return names(&said(error), &["desk-fuzz"]),
    };
    // Compressed, a few bytes can hold very many lines.
    for _ in 0..20_000 {
        match recording.next_quote() {
            None => return,
            Some(Ok(quote)) => same(&quote),
            Some(Err(error)) => {
                let goes_on = error.is_one_line();
                names(&said(error), &["desk-fuzz"]);
                if !goes_on {
                    return;
                }
            }
        }
    }
}

fn universe(file: &str) {
    match Universe::parse(file) {
        Ok(universe) => {
            assert!(!universe.listings.is_empty());
            for instrument in universe.instruments() {
                same(&instrument);
                assert!(instrument.tick.is_positive() && instrument.lot.is_positive());
                assert_eq!(instrument.symbol.asset_class(), instrument.asset_class);
            }
        }
        Err(error) => {
            assert!(
                (1..=file.lines().count() + 1).contains(&error.line),
                "{error}"
            );
            said(error);
        }
    }
}

/// What is read holds what was promised of it, and whatever is computed of it is a number or an error.
fn tables(file: &[u8]) {
    let splits = read_splits(file);
    if let Err(error) = &splits {
        said(error);
    }
    match read_closes(file) {
        Ok(mut panel) => {
            assert_eq!(panel.check(), Ok(()));
            assert!(
                panel
                    .close
                    .values()
                    .iter()
                    .all(|it| it.is_nan() || *it > 0.0)
            );
            let table = read_returns(file).expect("closes are numbers");
            assert_eq!(table.symbols, panel.symbols);
            let _ = adjust(&mut panel, &splits.unwrap_or_default());
            for factor in factor::registry().iter() {
                if let Ok(scores) = factor.latest(&panel, &Params::new()) {
                    assert!(scores.iter().all(|it| it.is_nan() || it.is_finite()));
                }
            }
        }
        Err(error) => drop(said(error)),
    }
    match read_scores(file) {
        Ok(scores) => {
            let (symbols, signal): (Vec<_>, Vec<_>) = scores.into_iter().unzip();
            let input = SizerInput {
                signal: &signal,
                symbols: &symbols,
                returns: None,
            };
            for sizer in sizer::registry().iter() {
                if let Ok(weights) = sizer.size(&input, &Params::new()) {
                    assert!(
                        weights.len() == signal.len() && weights.iter().all(|it| it.is_finite())
                    );
                }
            }
        }
        Err(error) => drop(said(error)),
    }
}
