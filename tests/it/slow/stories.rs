//! Thousands of random stories of each kind.

use crate::inside::model::{ANY, MOVE, PUT, RETURN, STAY, stories};

#[test]
#[ignore = "takes 2 minutes: tests/run runs it"]
fn chats_that_stay_where_they_are_are_counted_exactly() {
    stories(3_000, ANY, STAY);
}

#[test]
#[ignore = "takes 2 minutes: tests/run runs it"]
fn chats_that_move_are_counted_exactly() {
    stories(3_000, ANY, MOVE);
}

#[test]
#[ignore = "takes 2 minutes: tests/run runs it"]
fn chats_that_are_opened_again_or_deleted_are_counted_once() {
    stories(2_500, ANY, RETURN);
}

#[test]
#[ignore = "takes 2 minutes: tests/run runs it"]
fn clocks_that_are_put_cost_nothing() {
    stories(2_000, ANY, PUT);
}
