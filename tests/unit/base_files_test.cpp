// Files of ours: whole or not at all, also when many save the same one at once.
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/failure.hpp"
#include "base/files.hpp"
#include "kit/scratch_folder.hpp"

namespace base_files_test {

using namespace chengge;

namespace {

class Files : public testing::Test {
protected:
    const kit::ScratchFolder scratch;
    const std::string folder = scratch.path();
};

} // namespace

TEST_F(Files, TheNewContentReplacesTheOldAndNothingIsLeftBeside) {
    save_file(folder + "/a", "old");
    save_file(folder + "/a", "new", 0600);
    EXPECT_EQ(load_file(folder + "/a").value_or(""), "new");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(Files, ManyMaySaveTheSameFileAtOnce) {
    const std::string bytes(300'000, 'x');
    make_folders(folder + "/scratch");
    std::vector<std::jthread> savers;
    for (int i = 0; i < 8; ++i)
        savers.emplace_back([&] {
            for (int round = 0; round < 20; ++round) {
                save_file(folder + "/a", bytes, 0644, folder + "/scratch");
                EXPECT_EQ(load_file(folder + "/a").value_or("").size(), bytes.size());
            }
        });
    savers.clear();
    EXPECT_TRUE(std::filesystem::is_empty(folder + "/scratch"));
}

TEST_F(Files, MakesEveryFolderThatIsMissing) {
    make_folders(folder + "/b/c/d");
    make_folders(folder + "/b/c/d");
    save_file(folder + "/b/c/d/e", "1");
    EXPECT_TRUE(std::filesystem::exists(folder + "/b/c/d/e"));
}

TEST_F(Files, AFolderThatCannotBeIsAFailureWithASentence) {
    save_file(folder + "/file", "");
    EXPECT_THROW(save_file(folder + "/file/a", "1"), Failure);
    EXPECT_THROW(make_folders(folder + "/file/b"), Failure);
    try {
        save_file("/dev/full/a", "1");
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code, "temporarily_unavailable");
    }
}

} // namespace base_files_test
