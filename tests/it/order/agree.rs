//! The gates agree with a judge that adds the whole book up for every question.

use super::oracle::{Fixed, compare};

#[test]
fn the_gates_agree_with_a_judge_that_re_adds_the_book() {
    let fixed = Fixed::default();
    let (mut passed, mut refused) = (0, 0);
    for seed in 0..1500 {
        let (pass, refuse) = compare(&fixed, seed).unwrap_or_else(|why| panic!("{why}"));
        (passed, refused) = (passed + pass, refused + refuse);
    }
    // Neither is a rarity, or nothing was shown.
    assert!(passed > 10_000 && refused > 10_000, "{passed} {refused}");
}
