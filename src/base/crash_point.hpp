// Named points at which a test build can be made to die as by kill -9: where half-written state
// could arise. A build without tests (CHENGGE_TESTS=OFF) has none of them.
//
// To add one: its name in the list below, CRASH_POINT("its.name") where it lies. The kill tests take
// the list from here and fail when no work of theirs reaches a point; when a command of its own
// reaches it (a backup, say), add a row to `ways` in tests/faults/crash_point_test.cpp.
#pragma once

#include <string_view>

#include "base/build_options.hpp"

namespace chengge {

inline constexpr std::string_view crash_points[] = {
    "file.written",            // a file's bytes are written beside, not synced
    "file.synced",             // … and synced, not under its name
    "file.renamed",            // … and under its name, the folder not synced
    "media.derived",           // the small pictures are stored, the original is not
    "media.stored",            // the original is stored, its row is not
    "storage.committing",      // everything ran, nothing is committed
    "storage.committed",       // durable, nobody knows yet
    "storage.checkpointed",    // SQLite: the log is in the main file and may be begun anew
    "migration.ran",           // a migration ran and is recorded, nothing is committed
    "migration.recorded",      // all of them are committed
    "case.reported",           // a report is durable, its sender knows nothing
    "case.acted",              // a step is durable, its sender knows nothing
    "numberer.numbered",       // numbers are given, not committed
    "decision.begun",          // a decision over many cases has begun, no case has been reached
    "decision.applying",       // some of its cases are done, not committed
    "decision.applied",        // … and committed
    "search.indexed",          // texts are indexed, the reader's position is not moved
    "notices.made",            // rows of the outbox are written, the reader's position is not moved
    "notices.claimed",         // notices are claimed, nothing has gone out
    "notices.sending",         // one is marked as going out, nothing has
    "notices.handed",          // … and has gone out, which nobody knows yet
    "rules.published",         // a rule set is stored, this process does not use it yet
    "registry.begun",          // a publication has its number, no row is written
    "registry.writing",        // some of its rows are durable, nobody sees them
    "registry.published",      // it is in force, this process does not use it yet
    "registry.following",      // cells have changed, no feature says its new one yet
    "registry.followed",       // features of a layer say their new cells, its row does not say so
    "root.signed",             // a day's root is durable, nobody knows yet
    "backup.copied",           // the database is copied, photographs are not
    "backup.written",          // a whole backup lies under another name
    "backup.named",            // … and under its own
    "backup.removing",         // a surplus backup has lost its name, not its files
    "survey.received",         // a piece of an upload is on the disk, its row does not say so
    "survey.listed",           // the file's layers are known, nothing is converted
    "survey.converted",        // rows are written, the survey's row does not say so
    "survey.checked",          // the report is written, the survey's row does not say so
    "survey.publishing",       // a person has said so, nothing is published
    "survey.published",        // the version is in force, the survey's row does not say so
    "survey.restoring",        // an older version is wanted back, nothing is published
    "survey.restored",         // it is in force, the row of the work does not say so
    "restore.copied",          // everything is back, beside its place
    "restore.placed",          // … and in its place, still marked as unfinished
};

constexpr bool is_crash_point(std::string_view name) {
    for (const auto one : crash_points)
        if (one == name) return true;
    return false;
}

// CHENGGE_CRASH_POINT=name[:n] in the environment kills the process when it comes to the point for
// the n-th time (1 when not said).
void reach_crash_point(std::string_view name);

} // namespace chengge

#if CHENGGE_CRASH_POINTS
#define CRASH_POINT(name)                                                                          \
    do {                                                                                           \
        static_assert(::chengge::is_crash_point(name));                                            \
        ::chengge::reach_crash_point(name);                                                        \
    } while (false)
#else
#define CRASH_POINT(name) static_assert(::chengge::is_crash_point(name))
#endif
