//! Targets are what is wanted, cut to capacity, and say so.

use mts1b_desk::portfolio::capacity::CapacitySettings;
use mts1b_desk::portfolio::target::targets;

#[test]
fn a_weight_beyond_capacity_is_cut_with_its_sign_and_says_why() {
    let settings = CapacitySettings::new(0.01, 21).unwrap();
    let wanted = [Some(0.04), Some(-0.2), Some(0.05), None, Some(0.3)];
    let volumes = [Some(5e6), Some(5e6), Some(5e6), Some(5e6), None];
    let found = targets(&wanted, &volumes, Some(1e6), &settings);
    let plain: Vec<_> = found
        .iter()
        .map(|target| target.as_ref().map(|of| (of.wanted, of.weight)))
        .collect();
    assert_eq!(
        plain,
        [
            Some((0.04, 0.04)),
            Some((-0.2, -0.05)),
            Some((0.05, 0.05)),
            None,
            Some((0.3, 0.3)),
        ]
    );
    let why: Vec<Option<&str>> = found
        .iter()
        .map(|target| target.as_ref()?.limited.as_deref())
        .collect();
    let said = "capacity 5.00% of NAV: 1% of the volume of 21 days";
    assert_eq!(why, [None, Some(said), None, None, None]);
    // Without a NAV capacity is not known, and a list of volumes may be short.
    let free = targets(&wanted, &volumes[..1], None, &settings);
    assert!(free.iter().flatten().all(|target| target.limited.is_none()));
    assert_eq!(free.len(), wanted.len());
}
