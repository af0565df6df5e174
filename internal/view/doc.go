// Package view knows how the rows of a materialized view follow those of its base. Nothing here reads a disk or a clock.
//
//	plan.go    one view of one base: columns, the key, the filter
//	derive.go  what a change of a base's row changes in the view
//	filter.go  the view's WHERE
//	correct.go what a view row lacks or has too much, compared to its base
//	route.go   changes on their way to other nodes
//
// A view row holds cells of its base's row with the times that they have there, under the ids that they have there. So a change of the view is
// made of changes of the base, and merges as they do: it may come late, twice and in any order.
//
// When the view's key is made of the base's key alone, one base row has one view row for good, and each change is passed on as it is. Columns that the
// view does not show are passed on without their values, so that a view row is there just as long as its base row.
//
// When the key has another column (the claim, schema.View), a base row has a view row for each value that the column has had, and at most one of
// them is to be seen. A view row holds the claim's cell; it is there as long as this cell lives, whatever else it holds (row.View). When the column gets
// another value, the row of the old value gets a tombstone of the claim's cell with the cell's own timestamp, which says that just this cell is
// out of date (Cassandra calls it shadowable), and the row of the new value gets all that the base row holds, tombstones included. What the old
// row holds besides stays, unseen, and is right again should the value come back: with a new cell of the claim, and all that the base row holds by then.
//
// Promises. V1: once all changes of a base row were derived, each from the row before it, and merged, the view shows the row as the view's
// definition says. V2: whoever has derived a claim derives its tombstone when the claim is out of date, so replicas that derive apart from each
// other, and see changes in different orders, come to the same view once they have the same base.
package view
