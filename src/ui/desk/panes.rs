//! The panes of the desk, one of each kind, and which one is meant by a name.

use crate::ui::desk::DeskSettings;
use crate::ui::layout::PaneKind;
use crate::ui::pane::Pane;
use crate::ui::pane::allocators::AllocatorsPane;
use crate::ui::pane::basket::BasketPane;
use crate::ui::pane::chart::ChartPane;
use crate::ui::pane::clusters::ClustersPane;
use crate::ui::pane::drawdown::DrawdownPane;
use crate::ui::pane::exposures::ExposuresPane;
use crate::ui::pane::figures::FiguresPane;
use crate::ui::pane::fills::FillsPane;
use crate::ui::pane::frontier::FrontierPane;
use crate::ui::pane::gates::GatesPane;
use crate::ui::pane::history::HistoryPane;
use crate::ui::pane::limits::LimitsPane;
use crate::ui::pane::orders::OrdersPane;
use crate::ui::pane::positions::PositionsPane;
use crate::ui::pane::targets::TargetsPane;
use crate::ui::pane::ticket::TicketPane;
use crate::ui::pane::verdicts::VerdictsPane;
use crate::ui::pane::watchlist::WatchlistPane;

/// The panes, one of each kind.
#[derive(Debug)]
pub(super) struct Panes {
    pub(super) watchlist: WatchlistPane,
    pub(super) chart: ChartPane,
    pub(super) ticket: TicketPane,
    pub(super) positions: PositionsPane,
    pub(super) orders: OrdersPane,
    pub(super) fills: FillsPane,
    pub(super) verdicts: VerdictsPane,
    pub(super) limits: LimitsPane,
    pub(super) gates: GatesPane,
    pub(super) exposures: ExposuresPane,
    pub(super) drawdown: DrawdownPane,
    pub(super) history: HistoryPane,
    pub(super) scores: FiguresPane,
    pub(super) sizers: FiguresPane,
    pub(super) allocators: AllocatorsPane,
    pub(super) targets: TargetsPane,
    pub(super) clusters: ClustersPane,
    pub(super) frontier: FrontierPane,
    pub(super) basket: BasketPane,
}

impl Panes {
    /// Makes every pane as a person set them.
    pub(super) fn new(settings: &DeskSettings) -> Self {
        Self {
            watchlist: WatchlistPane::new(settings.motion),
            chart: ChartPane::default(),
            ticket: TicketPane::new(settings.slip),
            positions: PositionsPane::default(),
            orders: OrdersPane::default(),
            fills: FillsPane::default(),
            verdicts: VerdictsPane::default(),
            limits: LimitsPane::default(),
            gates: GatesPane::default(),
            exposures: ExposuresPane::default(),
            drawdown: DrawdownPane::default(),
            history: HistoryPane::default(),
            scores: FiguresPane::scores(),
            sizers: FiguresPane::sizers(),
            allocators: AllocatorsPane::default(),
            targets: TargetsPane::default(),
            clusters: ClustersPane::default(),
            frontier: FrontierPane::default(),
            basket: BasketPane::new(settings.basket.clone()),
        }
    }

    /// Returns the pane of a kind, to look at.
    pub(super) fn get(&self, kind: PaneKind) -> &dyn Pane {
        match kind {
            PaneKind::Watchlist => &self.watchlist,
            PaneKind::Chart => &self.chart,
            PaneKind::Ticket => &self.ticket,
            PaneKind::Positions => &self.positions,
            PaneKind::Orders => &self.orders,
            PaneKind::Fills => &self.fills,
            PaneKind::Verdicts => &self.verdicts,
            PaneKind::Limits => &self.limits,
            PaneKind::Gates => &self.gates,
            PaneKind::Exposures => &self.exposures,
            PaneKind::Drawdown => &self.drawdown,
            PaneKind::History => &self.history,
            PaneKind::Scores => &self.scores,
            PaneKind::Sizers => &self.sizers,
            PaneKind::Allocators => &self.allocators,
            PaneKind::Targets => &self.targets,
            PaneKind::Clusters => &self.clusters,
            PaneKind::Frontier => &self.frontier,
            PaneKind::Basket => &self.basket,
        }
    }

    /// Returns the pane of a kind.
    pub(super) fn get_mut(&mut self, kind: PaneKind) -> &mut dyn Pane {
        match kind {
            PaneKind::Watchlist => &mut self.watchlist,
            PaneKind::Chart => &mut self.chart,
            PaneKind::Ticket => &mut self.ticket,
            PaneKind::Positions => &mut self.positions,
            PaneKind::Orders => &mut self.orders,
            PaneKind::Fills => &mut self.fills,
            PaneKind::Verdicts => &mut self.verdicts,
            PaneKind::Limits => &mut self.limits,
            PaneKind::Gates => &mut self.gates,
            PaneKind::Exposures => &mut self.exposures,
            PaneKind::Drawdown => &mut self.drawdown,
            PaneKind::History => &mut self.history,
            PaneKind::Scores => &mut self.scores,
            PaneKind::Sizers => &mut self.sizers,
            PaneKind::Allocators => &mut self.allocators,
            PaneKind::Targets => &mut self.targets,
            PaneKind::Clusters => &mut self.clusters,
            PaneKind::Frontier => &mut self.frontier,
            PaneKind::Basket => &mut self.basket,
        }
    }
}
