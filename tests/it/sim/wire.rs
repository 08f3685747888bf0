//! Between desk and venue: an honest venue at the far end, a hostile network in the middle.
//!
//! Keeps what adapters promise: calls about one order follow each other, every call
//! has a deadline, the stream is read again from a place given when it breaks, and a
//! venue says "never" only when nothing is under way. Beyond that anything goes:
//! requests and answers are lost, late, doubled and overtake the stream, reports of
//! the stream overtake each other or come wrong.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use mts1b_desk::adapter::paper::{Exchange, Memory, Settings};
use mts1b_desk::domain::{
    BrokerId, Fill, FillCursor, FillId, IdempotencyKey, Order, OrderId, Quote, Timestamp,
};
use mts1b_desk::event::{BrokerReport, Control, LinkHealth, LinkName, LinkState};
use mts1b_desk::order::effect::Effect;

use super::desk::{BROKER, Desk};
use super::dice::Dice;
use super::garble::{Heard, garbled};
use super::read;
use super::story::Story;
use super::venue::{Venue, words};
use super::weather::Weather;

/// Orders that may leave within a second: as many that open risk as are allowed, and as many again that do not.
const LEFT_MOST: usize = 40;
/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
enum Call {
    Place(Box<Order>),
    Cancel(OrderId),
    Find(OrderId, IdempotencyKey),
}

/// Something on its way.
#[derive(Debug, Clone)]
enum Parcel {
    /// To the venue; its answer arrives at the given moment, or never.
    Request {
        session: u64,
        call: Call,
        answer_at: Option<Timestamp>,
    },
    /// To the desk.
    Report { session: u64, report: BrokerReport },
}

/// Something on the stream.
#[derive(Debug, Clone)]
enum Said {
    Report(Box<BrokerReport>),
    Up,
}

/// The venue and the way to it.
#[derive(Debug)]
pub struct Wire {
    dice: Dice,
    broker: BrokerId,
    venue: Venue,
    parcels: BTreeMap<(Timestamp, u64), Parcel>,
    count: u64,
    stream: VecDeque<(Timestamp, Said)>,
    session: u64,
    connected: bool,
    back_at: Timestamp,
    /// Places of the newest fills, as the driver keeps them.
    trail: VecDeque<Option<FillCursor>>,
    /// How many of them.
    reread: usize,
    /// What may not be overtaken on the stream.
    in_order: Timestamp,
    /// When the last call about an order is over.
    busy: HashMap<OrderId, Timestamp>,
    /// Placements on their way to the venue.
    under_way: HashMap<IdempotencyKey, u32>,
    /// Every fill there ever was.
    pub fills: Vec<Fill>,
    /// Every placement that left the desk.
    pub placed: HashMap<IdempotencyKey, Order>,
    /// What no desk may ask.
    pub faults: Vec<String>,
    /// When orders left within the last second.
    left: VecDeque<Timestamp>,
    /// Fills of which the desk heard a wrong copy.
    garbled: HashSet<FillId>,
    pub lost: u64,
    pub cuts: u64,
    pub doubles: u64,
    pub rereads: u64,
    /// What else happened, by name.
    pub tally: BTreeMap<&'static str, u64>,
}

impl Wire {
    /// Makes a connected pair that has said nothing; so many fills are read again when the stream begins anew.
    pub fn new(dice: Dice, reread: usize) -> Self {
        Self {
            dice,
            broker: read(BROKER),
            venue: Venue::new(),
            parcels: BTreeMap::new(),
            count: 0,
            stream: VecDeque::new(),
            session: 0,
            connected: false,
            back_at: Timestamp::EPOCH,
            trail: VecDeque::new(),
            reread,
            in_order: Timestamp::EPOCH,
            busy: HashMap::new(),
            under_way: HashMap::new(),
            fills: Vec::new(),
            placed: HashMap::new(),
            faults: Vec::new(),
            left: VecDeque::new(),
            garbled: HashSet::new(),
            lost: 0,
            cuts: 0,
            doubles: 0,
            rereads: 0,
            tally: BTreeMap::new(),
        }
    }

    pub fn venue(&self) -> &Venue {
        &self.venue
    }

    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    pub fn exchange(&self) -> &Exchange {
        &self.venue.exchange
    }

    /// Returns true when nothing is on its way.
    pub fn is_idle(&self) -> bool {
        self.connected && self.parcels.is_empty() && self.stream.is_empty()
    }

    /// Begins a session of the desk that reads on after `from`; what the last one waited for is gone.
    pub fn restart(&mut self, from: Option<FillCursor>, now: Timestamp) {
        self.session += 1;
        self.trail = VecDeque::from([from]);
        // A clock that was set back by more than the window empties it with the next session.
        self.left.clear();
        self.connected = false;
        self.back_at = now;
        self.stream.clear();
        self.busy.clear();
        // What was still waiting in the desk is gone; what had left goes on.
        let gone: Vec<_> = self
            .parcels
            .iter()
            .filter(|(_, parcel)| matches!(parcel, Parcel::Report { .. }))
            .map(|(at, _)| *at)
            .collect();
        for at in gone {
            self.parcels.remove(&at);
        }
    }

    /// Rebuilds the venue from what the desk remembers of it: it never had more, and nothing is under way.
    pub fn remember(&mut self, memory: Memory, fills: Vec<Fill>) {
        self.fills = fills;
        self.venue.exchange = Exchange::restore(Settings::default(), memory).unwrap();
        self.parcels.clear();
        self.under_way.clear();
    }

    /// Breaks the stream; it is read on later.
    pub fn cut(&mut self, desk: &Desk, now: Timestamp, story: &mut Story) {
        if !self.connected {
            return;
        }
        story.say(|| format!("the stream breaks with {} reports on it", self.stream.len()));
        self.cuts += 1;
        self.connected = false;
        self.stream.clear();
        let wait = self.dice.below(8_000);
        self.back_at = now.plus(Duration::from_millis(wait));
        desk.control(self.link(LinkHealth::Down, now));
    }

    /// The venue starts again: the stream breaks, and of what it worked some is gone.
    pub fn venue_restart(&mut self, desk: &Desk, now: Timestamp, story: &mut Story) {
        self.collect(&Weather::default(), now);
        let orders = self.venue.exchange.open_orders();
        for order in orders {
            let under_way = self.under_way.contains_key(&order.idempotency_key);
            if !under_way && self.dice.chance(600) {
                self.count("orders lost by the venue");
                story.say(|| format!("the venue starts again and has lost {}", order.order_id));
                self.venue.lose(&order, now);
            }
        }
        self.count("venue restarts");
        self.cut(desk, now, story);
    }

    /// Somebody else trades in the account.
    pub fn stranger(&mut self, now: Timestamp, story: &mut Story) {
        let order = self.venue.stranger(&mut self.dice, now);
        self.count("strangers");
        story.say(|| {
            format!(
                "somebody else trades: {} {} {}",
                order.side, order.quantity, order.symbol
            )
        });
    }

    fn link(&self, health: LinkHealth, now: Timestamp) -> Control {
        Control::Link(LinkState {
            name: LinkName::Broker(self.broker.as_str().into()),
            health,
            detail: String::new(),
            since: now,
        })
    }

    fn delay(&mut self, weather: &Weather) -> Duration {
        let most = if self.dice.chance(weather.late) {
            9_000
        } else {
            120
        };
        Duration::from_millis(self.dice.below(most))
    }

    fn post(&mut self, at: Timestamp, parcel: Parcel) {
        self.count += 1;
        self.parcels.insert((at, self.count), parcel);
    }

    /// Sends what left the desk on its way.
    pub fn send(&mut self, effect: Effect, weather: &Weather, now: Timestamp, story: &mut Story) {
        let (call, order_id) = match effect {
            Effect::Place(order) => {
                let order = order.into_inner();
                let id = order.order_id.clone();
                self.within_the_rate(now);
                if let Some(before) = self
                    .placed
                    .insert(order.idempotency_key.clone(), order.clone())
                {
                    self.faults.push(format!(
                        "key {} was sent as order {id} and before as order {}",
                        order.idempotency_key, before.order_id
                    ));
                }
                (Call::Place(Box::new(order)), id)
            }
            Effect::Cancel { order_id, .. } => (Call::Cancel(order_id.clone()), order_id),
            Effect::Find {
                order_id,
                idempotency_key,
                ..
            } => (Call::Find(order_id.clone(), idempotency_key), order_id),
            Effect::Reread { fills, .. } => return self.reread(fills, now),
            // What is outside answers it, not the venue.
            Effect::Ask(_) => return,
        };
        let start = self
            .busy
            .get(&order_id)
            .map_or(now, |busy| (*busy).max(now));
        let arrives = start.plus(self.delay(weather));
        let answered = arrives.plus(self.delay(weather));
        let deadline = start.plus(DEADLINE);
        let lost = self.dice.chance(weather.lost_request);
        let answer_lost = lost || self.dice.chance(weather.lost_answer);
        let in_time = !answer_lost && answered <= deadline;
        let told = in_time || (!answer_lost && self.dice.chance(weather.stale_answer));
        story.say(|| {
            let what = match (lost, answer_lost, in_time) {
                (true, _, _) => "lost on the way",
                (_, true, _) => "its answer lost",
                (_, _, false) => "late",
                (_, _, true) => "in time",
            };
            format!("  leaves: {} of {order_id} ({what})", call.word())
        });
        self.busy
            .insert(order_id.clone(), if in_time { answered } else { deadline });
        if !lost {
            let answer_at = told.then_some(answered);
            self.request(arrives, &call, answer_at);
            if self.dice.chance(weather.doubled) {
                self.doubles += 1;
                let again = arrives.plus(Duration::from_millis(self.dice.below(20_000)));
                self.request(again, &call, None);
            }
        }
        if !in_time {
            self.lost += 1;
            if !self.dice.chance(weather.silent) {
                self.give_up(&call, order_id, deadline);
            }
        }
    }

    fn request(&mut self, at: Timestamp, call: &Call, answer_at: Option<Timestamp>) {
        if let Call::Place(order) = call {
            *self
                .under_way
                .entry(order.idempotency_key.clone())
                .or_default() += 1;
        }
        let parcel = Parcel::Request {
            session: self.session,
            call: call.clone(),
            answer_at,
        };
        self.post(at, parcel);
    }

    fn give_up(&mut self, call: &Call, order_id: OrderId, at: Timestamp) {
        let report = BrokerReport::Unknown {
            broker: self.broker.clone(),
            order_id,
            reason: format!("{}: no answer in time", call.word()),
        };
        let session = self.session;
        self.post(at, Parcel::Report { session, report });
    }

    /// Lets the venue hear a quote.
    pub fn quote(&mut self, quote: &Quote, now: Timestamp) {
        self.venue.exchange.on_quote(quote, now, now);
    }

    /// Does everything that came due: at the venue, on the way, and at the desk's door.
    pub fn run(&mut self, desk: &Desk, weather: &Weather, now: Timestamp, story: &mut Story) {
        while let Some(entry) = self.parcels.first_entry() {
            let at = entry.key().0;
            if at > now {
                break;
            }
            match entry.remove() {
                Parcel::Request {
                    session,
                    call,
                    answer_at,
                } => {
                    let placing = matches!(call, Call::Place(_));
                    let (before, after) =
                        (self.breaks(placing, weather), self.breaks(placing, weather));
                    if before {
                        self.cut(desk, at, story);
                    }
                    // The answer is lost with the line, whichever side of the placement it broke.
                    let answer_at = answer_at.filter(|_| !before && !after);
                    self.arrive(session, call, answer_at, weather, at, story);
                    if after {
                        self.cut(desk, at, story);
                    }
                }
                Parcel::Report { session, report } if session == self.session => {
                    story.say(|| format!("  desk hears {}", words(&report)));
                    desk.report(report);
                }
                Parcel::Report { .. } => {}
            }
        }
        self.venue.exchange.on_timer(now);
        self.collect(weather, now);
        if !self.connected && self.back_at <= now {
            self.connect(now);
        }
        self.deliver(desk, weather, now, story);
    }

    /// No more orders leave within a second than opening ones and reducing ones may together.
    fn within_the_rate(&mut self, now: Timestamp) {
        let second = Duration::from_secs(1);
        while self.left.front().is_some_and(|at| now.since(*at) >= second) {
            self.left.pop_front();
        }
        self.left.push_back(now);
        if self.left.len() > LEFT_MOST {
            self.faults
                .push(format!("{} orders left within a second", self.left.len()));
        }
    }

    fn breaks(&mut self, placing: bool, weather: &Weather) -> bool {
        let breaks = placing && self.dice.chance(weather.cut_at_place);
        if breaks {
            self.count("cuts at a placement");
        }
        breaks
    }

    /// Takes up what the venue said and puts it on the stream.
    fn collect(&mut self, weather: &Weather, now: Timestamp) {
        let mut reports = Vec::new();
        self.venue.exchange.take_reports(&mut reports);
        for report in reports {
            if let BrokerReport::Fill { fill, .. } = &report {
                self.venue.filled(fill);
                if !self.venue.is_strangers(&fill.order_id) {
                    self.fills.push(fill.clone());
                }
            }
            if !self.connected {
                continue;
            }
            if self.dice.chance(weather.reordered) {
                self.count("reordered");
                let at = now.plus(Duration::from_millis(self.dice.below(9_000)));
                self.overtaken(Said::Report(Box::new(report)), at);
            } else {
                let delay = self.delay(weather);
                self.say(Said::Report(Box::new(report)), now.plus(delay));
            }
        }
    }

    fn say(&mut self, said: Said, at: Timestamp) {
        self.in_order = self.in_order.max(at);
        self.overtaken(said, self.in_order);
    }

    /// Puts something on the stream that those behind it may overtake.
    fn overtaken(&mut self, said: Said, at: Timestamp) {
        let place = self.stream.partition_point(|(other, _)| *other <= at);
        self.stream.insert(place, (at, said));
    }

    /// Opens the stream: what came after the cursor, then a statement.
    fn connect(&mut self, now: Timestamp) {
        self.connected = true;
        self.in_order = now;
        self.read_on(now);
        self.say(Said::Up, now);
        self.state(now);
    }

    /// Answers a desk that asks for everything, while it can be reached.
    fn reread(&mut self, fills: bool, now: Timestamp) {
        if !self.connected {
            return;
        }
        self.rereads += 1;
        if fills {
            self.stream.clear();
            self.read_on(now);
        }
        self.state(now);
    }

    fn read_on(&mut self, now: Timestamp) {
        let from = self.trail.front().cloned().flatten();
        for report in self.venue.exchange.reports_after(from.as_ref()) {
            self.say(Said::Report(Box::new(report)), now);
        }
    }

    fn state(&mut self, now: Timestamp) {
        let statement = BrokerReport::Statement {
            broker: self.broker.clone(),
            orders: self.venue.exchange.open_orders(),
            positions: self.venue.exchange.positions(),
        };
        self.say(Said::Report(Box::new(statement)), now);
    }

    fn deliver(&mut self, desk: &Desk, weather: &Weather, now: Timestamp, story: &mut Story) {
        while self.stream.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, said)) = self.stream.pop_front() else {
                return;
            };
            match said {
                Said::Up => {
                    story.say(|| "  the stream is up".to_owned());
                    desk.control(self.link(LinkHealth::Up, now));
                }
                Said::Report(report) => {
                    if let BrokerReport::Fill { cursor, .. } = &*report {
                        if self.trail.len() > self.reread {
                            self.trail.pop_front();
                        }
                        self.trail.push_back(Some(cursor.clone()));
                    }
                    if self.spoil(desk, &report, weather, story) {
                        continue;
                    }
                    story.say(|| format!("  desk hears on the stream {}", words(&report)));
                    if self.dice.chance(weather.doubled) {
                        self.doubles += 1;
                        let again = now.plus(Duration::from_millis(self.dice.below(20_000)));
                        let (session, report) = (self.session, (*report).clone());
                        self.post(again, Parcel::Report { session, report });
                    }
                    desk.report(*report);
                }
            }
        }
    }

    /// Lets the desk hear a wrong copy, before or after the right one; true when the right one is not heard.
    fn spoil(
        &mut self,
        desk: &Desk,
        report: &BrokerReport,
        weather: &Weather,
        story: &mut Story,
    ) -> bool {
        let fill = match report {
            BrokerReport::Fill { fill, .. } => Some(fill),
            _ => None,
        };
        let only = fill.is_some() && self.dice.chance(weather.garbled_only);
        if !only && !self.dice.chance(weather.garbled) {
            return false;
        }
        // A copy that is plausible on its own cannot be told from the right one before that was booked.
        let heard = match fill {
            Some(fill) if desk.knows(fill) => Heard::Right,
            Some(fill) if !self.garbled.insert(fill.fill_id.clone()) => Heard::Wrong,
            _ => Heard::Not,
        };
        let Some(wrong) = garbled(&mut self.dice, report, heard) else {
            return false;
        };
        self.count("garbled");
        story.say(|| format!("  desk hears wrongly {}", words(&wrong)));
        desk.report(wrong);
        only
    }

    /// A request reaches the venue.
    fn arrive(
        &mut self,
        session: u64,
        call: Call,
        answer_at: Option<Timestamp>,
        weather: &Weather,
        now: Timestamp,
        story: &mut Story,
    ) {
        story.say(|| format!("  venue gets {} of {}", call.word(), call.order_id()));
        let reports = match call {
            Call::Place(order) => {
                self.landed(&order.idempotency_key);
                vec![self.venue.place(*order, now)]
            }
            Call::Cancel(order_id) => vec![self.venue.cancel(order_id, now)],
            Call::Find(order_id, key) => {
                let under_way = self.under_way.contains_key(&key);
                self.venue.find(order_id, &key, under_way, now)
            }
        };
        self.collect(weather, now);
        let Some(answer_at) = answer_at else {
            return;
        };
        for report in reports {
            if self.dice.chance(weather.doubled) {
                self.doubles += 1;
                let again = answer_at.plus(Duration::from_millis(self.dice.below(20_000)));
                let report = report.clone();
                self.post(again, Parcel::Report { session, report });
            }
            self.post(answer_at, Parcel::Report { session, report });
        }
    }

    /// A placement is on its way no longer.
    fn landed(&mut self, key: &IdempotencyKey) {
        if let Some(count) = self.under_way.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(key);
            }
        }
    }
}

impl Call {
    fn word(&self) -> &'static str {
        match self {
            Self::Place(_) => "place",
            Self::Cancel(_) => "cancel",
            Self::Find(..) => "find",
        }
    }

    fn order_id(&self) -> &OrderId {
        match self {
            Self::Place(order) => &order.order_id,
            Self::Cancel(order_id) | Self::Find(order_id, _) => order_id,
        }
    }
}
