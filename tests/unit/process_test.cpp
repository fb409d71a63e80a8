#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include "base/process.hpp"

namespace process_test {

using namespace chengge;

TEST(Process, IsKnownByItsNameAsLongAsItRuns) {
    const auto own = process_name();
    EXPECT_EQ(is_process_running(own), true);
    EXPECT_EQ(is_process_running(own + "/some-part-of-it"), true);
    EXPECT_EQ(is_process_running("elsewhere/1234/1/5"), std::nullopt);
    EXPECT_EQ(is_process_running(""), std::nullopt);
    // The same number at another time is another process.
    EXPECT_EQ(is_process_running(own.substr(0, own.rfind('/')) + "/1"), false);
    EXPECT_EQ(is_process_running(own.substr(0, own.find('/', own.find('/') + 1)) + "/../self/1"), false);
}

TEST(Process, ThatHasEndedIsNotRunning) {
    int name_pipe[2];
    ASSERT_EQ(pipe(name_pipe), 0);
    const auto child = fork();
    if (child == 0) {
        const auto name = process_name();
        (void)!write(name_pipe[1], name.data(), name.size());
        _exit(0);
    }
    close(name_pipe[1]);
    char name[500];
    const auto length = read(name_pipe[0], name, sizeof name);
    close(name_pipe[0]);
    ASSERT_GT(length, 0);
    waitpid(child, nullptr, 0);
    EXPECT_EQ(is_process_running(std::string_view(name, static_cast<std::size_t>(length))), false);
}

} // namespace process_test
