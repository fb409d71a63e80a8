// PostgreSQL goes and comes back, ends sessions, has no connection left: what is acknowledged stays,
// what is unknown is sent again and counts once, the service resumes by itself.
#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <libpq-fe.h>

#include "faults/kit_cluster.hpp"
#include "faults/kit_load.hpp"

namespace postgres_test {

using namespace chengge;
using namespace chengge::faults;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

class PostgresFault : public testing::Test {
protected:
    void SetUp() override {
        city.need_start();
        load = std::make_unique<Load>(city, LoadOptions{.seed = 21, .photo_chance = 0.1});
    }
    void judge() {
        for (const auto& fault : load->judge()) ADD_FAILURE() << fault;
    }
    int status_of(const char* path) { return city.ask({.who = "operator", .path = path}).status; }
    bool resumes() {
        for (const auto until = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(50ms))
            if (status_of("/api/v1/cases") == 200 && load->report().status == 201) return true;
        return false;
    }

    Cluster& cluster = Cluster::shared();
    FaultCity city{storage::Engine::postgres};
    std::unique_ptr<Load> load;
};

// Connections that leave none for anybody else.
class Crowd {
public:
    ~Crowd() {
        for (auto* one : members_) PQfinish(one);
    }
    // True when another one came in.
    bool grow(const std::string& url) {
        auto* one = PQconnectdb(url.c_str());
        if (PQstatus(one) == CONNECTION_OK) return members_.push_back(one), true;
        PQfinish(one);
        return false;
    }
    // The first of them ends the server's sessions; the others take their places.
    void push_out(const std::string& database) {
        PQclear(PQexec(members_.front(), ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database + "'").c_str()));
    }
    std::size_t size() const { return members_.size(); }

private:
    std::vector<PGconn*> members_;
};

} // namespace

TEST_F(PostgresFault, ARestartUnderLoad) {
    load->start();
    for (const auto* how : {"fast", "immediate"}) {
        EXPECT_TRUE(load->wait_for(load->acknowledged() + 15, 30)) << city.log();
        cluster.restart(how);
        EXPECT_TRUE(load->wait_for(load->acknowledged() + 15, 15)) << "does not resume after " << how << "\n" << city.log();
    }
    load->stop();
    load->settle();
    judge();
    std::printf("%s\n", load->summary().c_str());
}

TEST_F(PostgresFault, EndedSessionsUnderLoad) {
    load->start();
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(load->wait_for(load->acknowledged() + 3, 20)) << city.log();
        cluster.end_sessions(city.database_name());
    }
    load->stop();
    load->settle();
    judge();
    std::printf("%s\n", load->summary().c_str());
}

TEST_F(PostgresFault, AServerThatIsAwayIsToldInASentence) {
    EXPECT_EQ(load->report().status, 201);
    cluster.stop("fast");
    const auto deed = load->report();
    EXPECT_EQ(deed.status, 503);
    EXPECT_THAT(deed.answer, HasSubstr("请稍后再提交一次"));
    EXPECT_EQ(status_of("/api/v1/cases"), 503);
    EXPECT_TRUE(city.is_running());
    cluster.start();
    EXPECT_TRUE(resumes()) << city.log();
    load->settle();
    judge();
}

TEST_F(PostgresFault, NoConnectionIsLeft) {
    EXPECT_EQ(load->report().status, 201);
    {
        Crowd crowd;
        const auto url = cluster.url("postgres");
        ASSERT_TRUE(crowd.grow(url));
        // Until the server's own are out and none is free.
        for (int i = 0; i < 200; ++i) {
            while (crowd.grow(url)) {}
            if (status_of("/api/v1/cases") == 503) break;
            crowd.push_out(city.database_name());
        }
        const auto deed = load->report();
        EXPECT_EQ(deed.status, 503) << crowd.size();
        EXPECT_THAT(deed.answer, HasSubstr("temporarily_unavailable"));
        EXPECT_TRUE(city.is_running());
    }
    EXPECT_TRUE(resumes()) << city.log();
    load->settle();
    judge();
}

} // namespace postgres_test
