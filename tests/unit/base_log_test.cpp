// Where messages go: a file that is renamed when it is large, and opened anew on demand.
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/csv.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "kit/scratch_folder.hpp"

namespace base_log_test {

using namespace chengge;
namespace files = std::filesystem;

namespace {

class LogTest : public testing::Test {
protected:
    ~LogTest() override {
        set_log_target({});
        set_log_level(LogLevel::info);
    }
    std::vector<std::string> lines_of(const std::string& name) const {
        auto lines = split(*load_file(folder_ + "/" + name), '\n');
        lines.pop_back();
        return lines;
    }
    const kit::ScratchFolder scratch_;
    const std::string folder_ = scratch_.path();
    const std::string file_ = folder_ + "/chengge.log";
};

} // namespace

TEST_F(LogTest, RotatesBySizeAndKeepsSoMany) {
    ASSERT_TRUE(set_log_target({.file = file_, .rotate_bytes = 1000, .keep = 2}));
    for (int i = 0; i < 50; ++i) log_info("a line of a hundred bytes or so", {{"number", std::to_string(i)}});
    EXPECT_TRUE(files::exists(file_ + ".2"));
    EXPECT_FALSE(files::exists(file_ + ".3"));
    EXPECT_LE(files::file_size(file_ + ".1"), 1000u);
    // The newest are there without a hole, across the files.
    std::vector<std::string> numbers;
    for (const auto* name : {"chengge.log.2", "chengge.log.1", "chengge.log"})
        for (const auto& line : lines_of(name)) numbers.emplace_back(parse_json(line)->at("number").as_string());
    ASSERT_FALSE(numbers.empty());
    const int first = std::stoi(numbers.front());
    for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], std::to_string(first + static_cast<int>(i)));
    EXPECT_EQ(numbers.back(), "49");
}

TEST_F(LogTest, OpensAnewWhatWasMovedAway) {
    ASSERT_TRUE(set_log_target({.file = file_}));
    log_info("before");
    files::rename(file_, file_ + ".moved");
    log_info("still into the moved one");
    ASSERT_TRUE(set_log_target({.file = file_}));
    log_info("after");
    EXPECT_EQ(lines_of("chengge.log.moved").size(), 2u);
    EXPECT_EQ(lines_of("chengge.log").size(), 1u);
    EXPECT_FALSE(set_log_target({.file = folder_ + "/nowhere/chengge.log"}));
    log_info("goes where it went");
    EXPECT_EQ(lines_of("chengge.log").size(), 2u);
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
    ASSERT_TRUE(set_log_target({.file = file_, .rotate_bytes = 20'000, .keep = 100}));
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([] {
                for (int i = 0; i < 500; ++i) log_info("a message with \"quotes\"", {{"n", std::to_string(i)}});
            });
    }
    std::size_t count = 0;
    for (const auto& entry : files::directory_iterator(folder_))
        for (const auto& line : lines_of(entry.path().filename().string())) {
            EXPECT_TRUE(parse_json(line)) << line;
            ++count;
        }
    EXPECT_EQ(count, 2000u);
    EXPECT_EQ(count_lost_log_lines(), 0u);
}

TEST_F(LogTest, MakesNothingOfWhatIsNotAsked) {
    ASSERT_TRUE(set_log_target({.file = file_}));
    set_log_level(LogLevel::warning);
    EXPECT_FALSE(is_logged(LogLevel::info));
    log_info("not this");
    log_warning("this");
    EXPECT_EQ(lines_of("chengge.log").size(), 1u);
    EXPECT_EQ(parse_log_level("error"), LogLevel::error);
    EXPECT_FALSE(parse_log_level("loud"));
}

} // namespace base_log_test
