// The test's side of the faulty disk: a folder the server believes to be a disk, what a power cut
// leaves of it, and the faults it is told to have.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faults/disk/disk_control.hpp"
#include "kit/database_kit.hpp"

namespace chengge::faults {

class FaultyDisk {
public:
    FaultyDisk();
    ~FaultyDisk();
    FaultyDisk(const FaultyDisk&) = delete;
    FaultyDisk& operator=(const FaultyDisk&) = delete;

    std::string root() const { return folder_.path() + "/disk"; }
    // For the server's process: the preload and where its disk is.
    std::vector<std::string> environment() const;
    DiskControl& control() { return *control_; }

    // What is there now is on the disk: after putting files there, or after a kill in which the
    // machine went on.
    void keep_all();
    // No server runs. The folder becomes what the disk holds: every file as of its last sync, every
    // name as of its folder's. Of the rest each page and each name has come to the disk by itself
    // with this chance, in any order.
    void cut_power(double chance, std::uint64_t seed);

    // Acts number n … n + count - 1 from now on fail.
    void fail(Act act, int error, std::int64_t n = 1, std::int64_t count = 1);
    void fail_from_now_on(Act act, int error) { fail(act, error, 1, INT64_MAX / 2); }
    void heal();
    std::int64_t done(Act act) { return control_->done[act]; }

private:
    std::string state() const { return folder_.path() + "/state"; }
    kit::ScratchFolder folder_;
    DiskControl* control_ = nullptr;
};

} // namespace chengge::faults
