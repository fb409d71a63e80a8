// Databases for tests: a fresh SQLite file or a fresh database in a private PostgreSQL cluster that
// this process starts on a socket of its own and ends with itself.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "kit/scratch_folder.hpp"
#include "storage/database.hpp"

namespace chengge::kit {

// A migrated empty database of the engine.
class TestDatabase {
public:
    // With a URL: that database, migrated and left there.
    explicit TestDatabase(storage::Engine engine, const std::string& url = "");
    ~TestDatabase();
    storage::Database& operator*() { return *database_; }
    storage::Database* operator->() { return database_.get(); }
    const std::string& url() const { return url_; }
    // Closes and opens again, as a restart would.
    void reopen();

private:
    ScratchFolder folder_{ScratchFolder::On::memory};
    std::string url_;
    bool is_given_;
    std::unique_ptr<storage::Database> database_;
};

// Suites run on both engines: class X : public OnBothEngines; TEST_P(X, …); ON_BOTH_ENGINES(X);
class OnBothEngines : public testing::TestWithParam<storage::Engine> {};
std::string engine_name(const testing::TestParamInfo<storage::Engine>& info);

} // namespace chengge::kit

#define ON_BOTH_ENGINES(suite)                                                                     \
    INSTANTIATE_TEST_SUITE_P(Engines, suite,                                                       \
                             testing::Values(chengge::storage::Engine::sqlite,                     \
                                             chengge::storage::Engine::postgres),                  \
                             chengge::kit::engine_name)
