// A backup of the city with a million cases: made, brought back, audited, by the product's own commands.
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <sys/resource.h>

#include "kit/report.hpp"

namespace chengge::bench {

namespace {

namespace files = std::filesystem;

struct Took {
    double seconds = 0, cpu_seconds = 0;
};

double cpu_of_children() {
    rusage used{};
    ::getrusage(RUSAGE_CHILDREN, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

Took run_command(const std::string& command, const std::string& log) {
    const auto begin = now_s(), cpu = cpu_of_children();
    if (std::system((command + " >>" + log + " 2>&1").c_str()) != 0) throw std::runtime_error("this command failed, see " + log + ": " + command);
    return {now_s() - begin, cpu_of_children() - cpu};
}

double gigabytes(const std::string& file) { return static_cast<double>(files::file_size(file)) / 1e9; }

double free_gigabytes(const std::string& folder) { return static_cast<double>(files::space(folder).available) / 1e9; }

int run(const Options& options) {
    Report report("restore", options);
    const auto city = options.city, backups = options.scratch + "/backups", restored = city + ".restored", log = options.scratch + "/restore.log";
    files::remove_all(backups);
    files::remove_all(restored);
    files::create_directories(backups);
    const auto size = gigabytes(city + "/chengge.db");
    if (free_gigabytes(options.scratch) < size + 10) throw std::runtime_error("there is no room for a backup of " + std::to_string(size) + " GB");
    report.figure("the city's file", size, "GB");
    report.figure("backup make", run_command(options.program + " backup make --data " + city + " --to " + backups, log).seconds, "s");
    // With little room the backup's copy becomes the city: three of them do not fit beside each other.
    const bool has_room = free_gigabytes(city) > size + 10;
    if (!has_room) {
        files::remove(city + "/chengge.db");
        report.note("the disk has no room for three copies: the city was removed after its backup and is the restored one since");
    }
    const auto restore = run_command(options.program + " backup restore --from " + backups + " --data " + restored, log);
    files::create_directories(restored + "/keys");
    files::copy(city + "/keys", restored + "/keys", files::copy_options::recursive | files::copy_options::overwrite_existing);
    const auto audit = run_command(options.program + " audit --data " + restored, log);
    report.figure("backup restore", restore.seconds, "s");
    report.figure("backup restore, CPU", restore.cpu_seconds, "s");
    report.figure("audit of what was restored", audit.seconds, "s");
    report.figure("audit of what was restored, CPU of its two threads", audit.cpu_seconds, "s");
    report.target("restore and audit", restore.seconds + audit.seconds, "s", Sense::at_most, 300);
    if (has_room) files::remove_all(restored);
    else {
        files::remove_all(city);
        files::rename(restored, city);
    }
    if (free_gigabytes(options.scratch) > size + 10)
        report.target("backup verify: a scratch copy, audited", run_command(options.program + " backup verify --data " + city + " --from " + backups, log).seconds, "s", Sense::at_most, 300);
    else report.note("no room for backup verify");
    files::remove_all(backups);
    return report.finish();
}

} // namespace

} // namespace chengge::bench

int main(int argc, char** argv) { return chengge::bench::run(chengge::bench::read_options(argc, argv)); }
