//! The one table of actions: everything a key can do, with its name, words and place.
//!
//! Key parsing, hints, help, the menu and the palette all read it; nothing else
//! lists actions. Actions are closed and carry no data beyond a small number.

/// Where a binding holds. A key is looked up in the narrowest place first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everywhere, whatever is open.
    Always,
    /// On the desk, when nothing is open over it.
    Desk,
    /// On the desk while it shows the Portfolio workspace; what is bound here takes the place of the desk's own.
    Portfolio,
    /// In a ticket that is being written, on any field.
    Ticket,
    /// On the ticket's price.
    TicketPrice,
    /// In a ticket that was reviewed.
    Review,
    /// In lists that open over the desk, and in prompts.
    Popup,
}

impl Scope {
    /// Every scope, in the order of the key file.
    pub const ALL: [Self; 7] = [
        Self::Always,
        Self::Desk,
        Self::Portfolio,
        Self::Ticket,
        Self::TicketPrice,
        Self::Review,
        Self::Popup,
    ];

    /// Returns the section of the key file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Desk => "desk",
            Self::Portfolio => "portfolio",
            Self::Ticket => "ticket",
            Self::TicketPrice => "ticket_price",
            Self::Review => "review",
            Self::Popup => "popup",
        }
    }

    /// Returns the heading in the help.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Always => "anywhere",
            Self::Desk => "on the desk",
            Self::Portfolio => "on the Portfolio workspace",
            Self::Ticket => "in the ticket",
            Self::TicketPrice => "on the ticket's price",
            Self::Review => "in the review",
            Self::Popup => "in lists and prompts",
        }
    }

    /// Returns the scopes that hold at the same time, this one first.
    pub const fn chain(self) -> &'static [Scope] {
        match self {
            Self::Always => &[Self::Always],
            Self::Desk => &[Self::Desk, Self::Always],
            Self::Portfolio => &[Self::Portfolio, Self::Desk, Self::Always],
            Self::Ticket => &[Self::Ticket, Self::Always],
            Self::TicketPrice => &[Self::TicketPrice, Self::Ticket, Self::Always],
            Self::Review => &[Self::Review, Self::Always],
            Self::Popup => &[Self::Popup, Self::Always],
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionSpec {
    /// What it is.
    pub action: Action,
    /// Its name in the key file and the palette.
    pub name: &'static str,
    /// A word or two for hints.
    pub label: &'static str,
    /// One line for help and palette.
    pub doc: &'static str,
    /// Where it holds.
    pub scope: Scope,
}

macro_rules! actions {
    ($($scope:ident { $($name:ident $text:literal, $label:literal, $doc:literal;)* })*) => {
        /// Something a person can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[doc = $doc] $name,)*)* }

        impl Action {
            /// The table, in the order of the help.
            pub const TABLE: &'static [ActionSpec] = &[$($(ActionSpec {
                action: Action::$name,
                name: $text,
                label: $label,
                doc: $doc,
                scope: Scope::$scope,
            },)*)*];
        }
    };
}

actions! {
    Desk {
        MoveDown "move_down", "down", "Moves the cursor down.";
        MoveUp "move_up", "up", "Moves the cursor up.";
        MoveLeft "move_left", "left", "Moves focus to the pane on the left.";
        MoveRight "move_right", "right", "Moves focus to the pane on the right.";
        MoveTop "move_top", "first row", "Moves the cursor to the first row.";
        MoveBottom "move_bottom", "last row", "Moves the cursor to the last row.";
        PageDown "page_down", "page down", "Moves the cursor a page down.";
        PageUp "page_up", "page up", "Moves the cursor a page up.";
        FocusNext "focus_next", "next pane", "Moves focus to the next pane.";
        FocusPrevious "focus_previous", "previous pane", "Moves focus to the previous pane.";
        Focus1 "focus_1", "pane 1", "Moves focus to pane 1.";
        Focus2 "focus_2", "pane 2", "Moves focus to pane 2.";
        Focus3 "focus_3", "pane 3", "Moves focus to pane 3.";
        Focus4 "focus_4", "pane 4", "Moves focus to pane 4.";
        Focus5 "focus_5", "pane 5", "Moves focus to pane 5.";
        Focus6 "focus_6", "pane 6", "Moves focus to pane 6.";
        Focus7 "focus_7", "pane 7", "Moves focus to pane 7.";
        Focus8 "focus_8", "pane 8", "Moves focus to pane 8.";
        Focus9 "focus_9", "pane 9", "Moves focus to pane 9.";
        GoWatchlist "go_watchlist", "watchlist", "Goes to the watchlist.";
        GoChart "go_chart", "chart", "Goes to the chart.";
        GoPositions "go_positions", "positions", "Goes to the positions.";
        GoOrders "go_orders", "orders", "Goes to the orders.";
        GoFills "go_fills", "fills", "Goes to the fills.";
        GoVerdicts "go_verdicts", "verdicts", "Goes to the verdicts.";
        GoLimits "go_limits", "limits", "Goes to the limits.";
        GoGates "go_gates", "gates", "Goes to the gates.";
        GoExposures "go_exposures", "exposures", "Goes to the exposures.";
        GoDrawdown "go_drawdown", "NAV and drawdown", "Goes to NAV and drawdown.";
        GoHistory "go_history", "halts and limits set", "Goes to the halts and how limits were set.";
        GoScores "go_scores", "scores", "Goes to the factors' scores.";
        GoSizers "go_sizers", "sizers", "Goes to the sizers' weights.";
        GoAllocators "go_allocators", "allocators", "Goes to the allocators side by side.";
        GoTargets "go_targets", "targets", "Goes to the targets against what is held.";
        GoClusters "go_clusters", "clusters", "Goes to the correlations and their clusters.";
        GoFrontier "go_frontier", "frontier", "Goes to the efficient frontier.";
        GoBasket "go_basket", "basket", "Goes to the rebalance basket.";
        Back "back", "back", "Goes back to where the cursor was before.";
        Forward "forward", "forward", "Goes forward again after going back.";
        Zoom "zoom", "zoom", "Gives the whole screen to the focused pane, and back.";
        Filter "filter", "filter", "Finds a symbol as you type; filters the verdicts.";
        Palette "palette", "command", "Opens the palette: every action by name.";
        Help "help", "help", "Shows every key.";
        Menu "menu", "menu", "Shows what can be done here, each with its key.";
        Sort "sort", "sort", "Sorts by the next column; else the watchlist.";
        Details "details", "details", "Shows the chosen verdict in full.";
        CopyRow "copy_row", "copy row", "Copies the selected row to the terminal's clipboard.";
        Buy "buy", "buy", "Opens a ticket to buy the selected symbol.";
        Sell "sell", "sell", "Opens a ticket to sell the selected symbol.";
        Short "short", "short", "Opens a ticket to sell the selected symbol short.";
        Modify "modify", "modify", "Opens a ticket that changes the selected order.";
        Cancel "cancel", "cancel", "Cancels the selected order.";
        CancelOpening "cancel_opening", "cancel opening", "Cancels the symbol's orders that open risk.";
        CloseQuarter "close_quarter", "a quarter", "Reviews a ticket that closes a quarter of the position.";
        CloseHalf "close_half", "half", "Reviews a ticket that closes half of the position.";
        CloseThreeQuarters "close_three_quarters", "three quarters", "Reviews a ticket that closes three quarters of it.";
        CloseAll "close_all", "all", "Reviews a ticket that closes the whole position.";
        Reverse "reverse", "reverse", "Reviews a ticket that closes it; the other side follows.";
        BreakEven "break_even", "break-even stop", "Reviews a stop at the position's average price.";
        PassOrder "pass_order", "pass order", "Lets a waiting order go, as a person; asks first.";
        VetoOrder "veto_order", "veto order", "Vetoes a waiting order, with a reason you may type.";
        Resume "resume", "lift halt", "Lifts the halt, by your name and with a reason you type.";
        Halts "halts", "halts", "Lists what is halted, by whom, why, since when.";
        Envelope "envelope", "limits", "Edits the limits; :envelope FILE reads them from one.";
        Flow "flow", "flow", "Books money that came or left: :flow AMOUNT REASON.";
        Flatten "flatten", "flatten", "Closes every position; asks for a typed word.";
        Reconcile "reconcile", "reconcile", "Shows journal, venue and desk side by side.";
        ChartInterval "chart_interval", "interval", "Charts the next interval.";
        ChartStyle "chart_style", "candles or line", "Charts candles or a line; risk or weights, map or tree.";
        WorkspaceTrade "workspace_trade", "Trade", "Shows the Trade workspace.";
        WorkspaceRisk "workspace_risk", "Risk", "Shows the Risk workspace.";
        WorkspacePortfolio "workspace_portfolio", "Portfolio", "Shows the Portfolio workspace.";
        CloseView "close_view", "leave", "Closes what is open; on the bare desk, leaves it.";
    }
    Portfolio {
        Stage "stage", "stage basket", "Reviews the basket that closes the drift; sends nothing.";
    }
    Always {
        Panic "panic", "panic", "Stops opening risk at once and cancels opening orders.";
        Lock "lock", "lock", "Locks the desk to view-only, and unlocks it.";
        Quit "quit", "quit", "Leaves the desk; asks when orders work.";
    }
    Ticket {
        FieldNext "field_next", "next field", "Goes to the next field.";
        FieldPrevious "field_previous", "previous field", "Goes to the previous field.";
        StepUp "step_up", "up", "Raises the field by a tick, a lot, to the next choice.";
        StepDown "step_down", "down", "Lowers the field by one step.";
        CycleType "cycle_type", "type", "Takes the next order type.";
        CycleTif "cycle_tif", "time in force", "Takes the next time in force.";
        Fix1 "fix_1", "first", "Applies the first change that passes.";
        Fix2 "fix_2", "second", "Applies the second change that passes.";
        Fix3 "fix_3", "third", "Applies the third change that passes.";
        Review "review", "review", "Freezes the ticket for a last look.";
        Discard "discard", "back", "Puts the ticket away; nothing is sent.";
        Erase "erase", "erase", "Erases the last character.";
        EraseAll "erase_all", "clear", "Empties the field.";
    }
    TicketPrice {
        PriceBid "price_bid", "bid", "Takes the bid.";
        PriceAsk "price_ask", "ask", "Takes the ask.";
        PriceMid "price_mid", "mid", "Takes the middle.";
        PriceTouch "price_touch", "touch", "Takes the price that would trade now.";
    }
    Review {
        Send "send", "send", "Sends the order, or the basket, as reviewed.";
        Unreview "unreview", "back", "Takes the review back; nothing is sent.";
        ReviewDown "review_down", "more", "Scrolls a basket under review down.";
        ReviewUp "review_up", "less", "Scrolls a basket under review up.";
    }
    Popup {
        PickNext "pick_next", "next", "Goes to the next entry.";
        PickPrevious "pick_previous", "previous", "Goes to the previous entry.";
        Pick "pick", "take", "Takes the entry.";
        PopupErase "popup_erase", "erase", "Erases the last character.";
        Dismiss "dismiss", "close", "Closes the list.";
    }
}

impl Action {
    /// Returns the action's row of the table.
    pub fn spec(self) -> &'static ActionSpec {
        // The table is made with the enum, in its order.
        Self::TABLE.get(self as usize).unwrap_or(&FALLBACK)
    }

    /// Returns true for moves, which a held key may repeat; nothing that trades repeats.
    pub const fn repeats(self) -> bool {
        matches!(
            self,
            Self::MoveDown
                | Self::MoveUp
                | Self::PageDown
                | Self::PageUp
                | Self::StepUp
                | Self::StepDown
                | Self::PickNext
                | Self::PickPrevious
                | Self::ReviewDown
                | Self::ReviewUp
                | Self::Erase
                | Self::PopupErase
        )
    }

    /// Returns true for what takes words behind it in the palette.
    pub const fn takes_words(self) -> bool {
        matches!(self, Self::Envelope | Self::Flow)
    }

    /// Returns true for what may put a ticket under review, directly or by choosing what does.
    pub const fn opens_review(self) -> bool {
        matches!(
            self,
            Self::Review
                | Self::Pick
                | Self::CloseQuarter
                | Self::CloseHalf
                | Self::CloseThreeQuarters
                | Self::CloseAll
                | Self::Reverse
                | Self::BreakEven
                | Self::Stage
        )
    }

    /// Finds an action by its name.
    pub fn named(name: &str) -> Option<Action> {
        let row = Self::TABLE.iter().find(|spec| spec.name == name);
        row.map(|spec| spec.action)
    }
}

/// Never reached: every action has a row.
const FALLBACK: ActionSpec = ActionSpec {
    action: Action::Dismiss,
    name: "dismiss",
    label: "close",
    doc: "Closes the list.",
    scope: Scope::Popup,
};

#[cfg(test)]
mod tests {
    use super::*;

    /// What the help has room for beside the keys at 80 columns.
    const HELP_MOST: usize = 57;

    #[test]
    fn every_action_has_its_own_row_and_name() {
        let mut names = std::collections::HashSet::new();
        for (at, spec) in Action::TABLE.iter().enumerate() {
            assert_eq!(spec.action as usize, at);
            assert_eq!(spec.action.spec(), spec);
            assert!(names.insert(spec.name), "{} is there twice", spec.name);
            assert!(
                spec.doc.ends_with('.') && spec.doc.len() <= HELP_MOST,
                "{}",
                spec.name
            );
            assert_eq!(Action::named(spec.name), Some(spec.action));
        }
    }

    #[test]
    fn nothing_that_trades_repeats() {
        for action in [
            Action::Send,
            Action::Review,
            Action::Cancel,
            Action::Panic,
            Action::Buy,
            Action::Stage,
        ] {
            assert!(!action.repeats());
        }
    }
}
