// Jobs that wait: how many may, and how long.
#include "http/worker_pool.hpp"

#include <atomic>
#include <latch>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace http_worker_pool_test {

using namespace chengge::http;
using namespace std::chrono_literals;

TEST(WorkerPoolTest, TakesNoMoreThanMayWait) {
    std::latch began(1), go(1);
    std::atomic<int> done = 0;
    {
        WorkerPool pool(1, 2);
        ASSERT_TRUE(pool.try_run([&](bool) {
            began.count_down();
            go.wait();
            ++done;
        }));
        began.wait();
        EXPECT_TRUE(pool.try_run([&](bool) { ++done; }));
        EXPECT_TRUE(pool.try_run([&](bool) { ++done; }));
        EXPECT_FALSE(pool.try_run([&](bool) { ++done; }));
        EXPECT_EQ(pool.load().waiting, 2u);
        EXPECT_EQ(pool.load().shed, 1u);
        go.count_down();
    }
    EXPECT_EQ(done, 3); // what was taken is done before the end
}

TEST(WorkerPoolTest, TellsAJobThatItIsLate) {
    std::latch began(1), go(1);
    std::atomic<int> late = 0, in_time = 0;
    const auto count = [&](bool is_late) { ++(is_late ? late : in_time); };
    {
        WorkerPool pool(1, 10, 0, 30ms);
        ASSERT_TRUE(pool.try_run([&](bool is_late) {
            count(is_late);
            began.count_down();
            go.wait();
        }));
        began.wait();
        ASSERT_TRUE(pool.try_run(count));
        std::this_thread::sleep_for(60ms); // longer than a job may wait
        go.count_down();
        while (pool.load().waiting > 0 || pool.load().running > 0) std::this_thread::yield();
        EXPECT_EQ(pool.load().shed, 1u);
        ASSERT_TRUE(pool.try_run(count)); // the next finds a free thread
    }
    EXPECT_EQ(late, 1);
    EXPECT_EQ(in_time, 2);
}

TEST(WorkerPoolTest, OnlyThreadsAskedToGiveWay) {
    const auto niceness_in = [](int asked) {
        std::atomic<int> seen = -1;
        {
            WorkerPool pool(1, 2, asked);
            EXPECT_TRUE(pool.try_run([&](bool) { seen = ::getpriority(PRIO_PROCESS, 0); }));
        }
        return seen.load();
    };
    const int own = ::getpriority(PRIO_PROCESS, 0);
    EXPECT_EQ(niceness_in(0), own);
    EXPECT_EQ(niceness_in(15), 15);
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), own); // of one thread, not of all
}

} // namespace http_worker_pool_test
