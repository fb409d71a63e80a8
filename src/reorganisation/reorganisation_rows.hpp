// What a plan does to the rows of the responsibility list. Private to this module.
#pragma once

#include "reorganisation/reorganisation_plan.hpp"

namespace chengge::reorganisation {

struct RowChange {
    responsibility::Row before; // of a new row the one that it is drawn from
    responsibility::Row after;  // version 0: a new row beside it
    bool is_unsure = false;     // its place says nothing of the regions of a split: it goes with the rest
};

// New versions of the rows that name a unit that goes; of a row wider than a part of a split, narrower rows beside it.
std::vector<RowChange> row_changes(const Plan& plan, const std::vector<responsibility::Row>& rows, const rules::Rules& rules, const grid::GridService& grid);

} // namespace chengge::reorganisation
