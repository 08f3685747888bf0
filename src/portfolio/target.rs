//! Targets: what the fund should hold of each asset once its trading's capacity is looked at, and what limited it.
//!
//! A weight that sleeves want stands unless the position would be larger than its capacity at the NAV there is;
//! then it is cut to capacity, with its sign. Whether it is worth trading to is for `drift`, whether it may be
//! traded to for the gates.

use smol_str::SmolStr;

use crate::event::Target;
use crate::portfolio::capacity::CapacitySettings;

/// Returns the targets of wanted weights; none where no sleeve speaks of the asset.
///
/// Wanted weights and volumes stand in one order. Without a NAV, or where a volume is not known, capacity is
/// not known and does not limit.
pub fn targets(
    wanted: &[Option<f64>],
    adv_usd: &[Option<f64>],
    nav_usd: Option<f64>,
    settings: &CapacitySettings,
) -> Vec<Option<Target>> {
    let volumes = adv_usd.iter().copied().chain(std::iter::repeat(None));
    wanted
        .iter()
        .zip(volumes)
        .map(|(wanted, adv)| {
            let capacity = nav_usd
                .zip(adv)
                .and_then(|(nav, adv)| settings.position_capacity(nav, adv));
            wanted.map(|wanted| target(wanted, capacity, settings))
        })
        .collect()
}

/// Returns the target of one wanted weight under a capacity, both ratios of NAV.
pub fn target(wanted: f64, capacity: Option<f64>, settings: &CapacitySettings) -> Target {
    match capacity {
        Some(most) if wanted.abs() > most => Target {
            wanted,
            weight: most.copysign(wanted),
            limited: Some(words(most, settings)),
        },
        Some(_) | None => Target {
            wanted,
            weight: wanted,
            limited: None,
        },
    }
}

fn words(most: f64, settings: &CapacitySettings) -> SmolStr {
    let (percent, fraction) = (most * 100.0, settings.fraction_of_adv() * 100.0);
    let days = settings.adv_lookback_days();
    smol_str::format_smolstr!(
        "capacity {percent:.2}% of NAV: {fraction}% of the volume of {days} days"
    )
}
