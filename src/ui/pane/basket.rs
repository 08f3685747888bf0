//! The basket.
#[derive(Debug, Default)]
pub struct BasketPane;
impl super::Pane for BasketPane {
    fn act(&mut self, _: crate::ui::action::Action, _: &super::View<'_>) -> super::Reaction { super::Reaction::Ignored }
    fn fit(&mut self, _: ratatui::layout::Rect, _: &super::View<'_>) {}
    fn draw(&self, a: ratatui::layout::Rect, b: &mut ratatui::buffer::Buffer, v: &super::View<'_>) { v.open(a, b, "Basket", &[]); }
    fn touched(&self, _: &crate::engine::Snapshot, _: &crate::engine::Snapshot) -> bool { false }
}
