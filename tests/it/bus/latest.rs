//! The snapshot fan-out.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use mts1b_desk::bus::Latest;

use crate::bus::PATIENCE;

#[test]
fn readers_see_the_newest_and_hold_what_they_took() {
    let latest = Latest::new(Arc::new(1));
    let watch = latest.subscribe();
    let (held, seen) = (watch.get(), watch.version());
    latest.publish(Arc::new(2));
    latest.publish(Arc::new(3));
    assert_eq!((*held, *watch.get(), *latest.get()), (1, 3, 3));
    assert!(watch.version() > seen);
    assert_eq!(watch.clone().version(), watch.version());
}

#[test]
fn a_sleeping_reader_is_woken_for_the_last_value() {
    const LAST: u32 = 50_000;
    let latest = Latest::new(Arc::new(0));
    let watch = latest.subscribe();
    let (wake, woken) = sync_channel(1);
    watch.on_publish(Box::new(move |_| wake.try_send(()).unwrap_or_default()));
    let publisher = std::thread::spawn(move || {
        for n in 1..=LAST {
            latest.publish(Arc::new(n));
        }
    });
    let mut newest = 0;
    while newest < LAST {
        woken.recv_timeout(PATIENCE).expect("a wake was lost");
        let value = *watch.get();
        assert!(value >= newest, "a snapshot never goes back");
        newest = value;
    }
    publisher.join().unwrap();
}
