// A small organisation chart and random acts over the four workflow tables.
#pragma once

#include <string>
#include <vector>

#include "base/random.hpp"
#include "rules/decide.hpp"

namespace chengge::kit {

struct Staff {
    rules::Actor actor;
    std::string parent, command_center; // of the organisation
};

// Supervision centre, city command, two districts, four units, crews, everyone who works there.
class SmallWorld {
public:
    explicit SmallWorld(std::shared_ptr<const rules::Rules> rules);
    const rules::Rules& rules() const { return *rules_; }
    const std::vector<Staff>& staff() const { return staff_; }
    rules::Context context(const Staff& who, std::int64_t now_ms) const;
    // A filled-in command for an allowed action; now and then with something wrong in it.
    rules::Command fill(const rules::AllowedAction& action, const rules::Case& c, Random& random, std::int64_t now_ms, double wrong) const;
    // A report of a random class by a random reporter.
    rules::Decision report(Random& random, std::int64_t now_ms) const;
    rules::Receiver receiver_of(const Staff& who, bool with_person) const;

private:
    std::shared_ptr<const rules::Rules> rules_;
    std::vector<Staff> staff_;
};

// The rules of the tree; `enable_all` switches every action on. Aborts with the faults when they do
// not load.
std::shared_ptr<const rules::Rules> test_rules(bool enable_all = false);

} // namespace chengge::kit
