// Each act of the disk on the way of a report with a photo and of a step fails once, in turn: the
// answer is a success or a sentence, and the service goes on or says that it stopped writing.
#include <cerrno>

#include "faults/kit_load.hpp"

namespace every_failure_test {

using namespace chengge;
using namespace chengge::faults;

namespace {

class EveryFailure : public kit::OnBothEngines {
protected:
    void expect_told(const Deed& deed) const {
        if (deed.status / 100 == 2) return;
        EXPECT_EQ(deed.status, 503) << deed.answer;
        const auto body = parse_json(deed.answer).value_or(nullptr);
        EXPECT_TRUE(body.is_object() && !body.at("zh").as_string().empty()) << deed.answer;
    }
    bool has_stopped_writing() { return city.ask({.path = "/healthz"}).status == 503; }
    void go_on() {
        city.disk.heal();
        const auto deed = load->report();
        if (deed.status == 201) return;
        EXPECT_NE(deed.answer.find("storage_failed"), std::string::npos) << deed.answer;
        ++stops;
        city.stop();
        city.need_start();
        load->settle();
        EXPECT_EQ(load->report().status, 201);
    }
    void fail_the(std::int64_t n, int error) {
        SCOPED_TRACE("act " + std::to_string(n) + ", errno " + std::to_string(error));
        const auto first = city.disk.done(act_any) + n;
        city.disk.fail(act_any, error, n);
        const auto deed = load->report();
        expect_told(deed);
        if (deed.status == 201) expect_told(load->step(deed.case_id));
        was_reached = city.disk.done(act_any) >= first;
        go_on();
    }

    FaultCity city{GetParam()};
    std::unique_ptr<Load> load;
    bool was_reached = true;
    int stops = 0;
};

} // namespace

TEST_P(EveryFailure, OfTheWritePathIsToldAndSurvived) {
    city.need_start();
    load = std::make_unique<Load>(city, LoadOptions{.seed = 31, .photo_chance = 1});
    load->report();
    std::int64_t n = 1;
    for (; was_reached && n < 300; ++n) {
        if (is_long() || n % 2 == 0) fail_the(n, EIO);
        if (is_long() || n % 2 == 1) fail_the(n, ENOSPC);
    }
    std::printf("%lld acts, writing stopped %d times\n", static_cast<long long>(n - 1), stops);
    const bool is_sqlite = GetParam() == storage::Engine::sqlite;
    EXPECT_GT(n, is_sqlite ? 20 : 12);
    EXPECT_EQ(stops > 0, is_sqlite);
    load->settle();
    for (const auto& fault : load->judge()) ADD_FAILURE() << fault;
}

ON_BOTH_ENGINES(EveryFailure);

} // namespace every_failure_test
