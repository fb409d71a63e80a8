// The city with many cases, opened in this process: its people, what they report, and the way back to
// how it was before.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "kit/report.hpp"
#include "platform/installation.hpp"

namespace chengge::bench {

// The rows of a statement written in the bench.
storage::Rows query(storage::Database& database, const std::string& sql, const storage::Params& params = {});
std::int64_t query_number(storage::Database& database, const std::string& sql);

class City {
public:
    explicit City(const Options& options);
    ~City();
    platform::Installation& operator*() { return *installation_; }
    platform::Installation* operator->() { return installation_.get(); }

    identity::Viewer viewer(const std::string& login) const;
    // A report as a collector sends it: a finding of the published mix somewhere in the city, with a photo.
    cases::NewReport draw_report(Random& random) const;
    std::int64_t case_count() const { return case_count_; }
    // The next report of an endless series that was drawn before, under an id of its own.
    cases::NewReport next_report(Random& random) const;

private:
    std::unique_ptr<platform::Installation> installation_;
    void add_photos();
    const Uuid& next_photo() const { return photos_[next_photo_++ % photos_.size()]; }
    std::vector<Uuid> photos_;
    mutable std::atomic<std::size_t> next_photo_{0};
    std::vector<cases::NewReport> drawn_;
    std::int64_t case_count_ = 0;
};

// Remembers where the city's tables end and takes what came later out again.
class Bookmark {
public:
    explicit Bookmark(const std::string& city_folder);
    ~Bookmark();

private:
    std::string path_;
    std::int64_t last_case_ = 0, last_entry_ = 0, last_session_ = 0, last_access_ = 0, last_media_ = 0;
    std::vector<std::pair<std::string, std::pair<std::int64_t, std::int64_t>>> readers_;
    struct Sequence {
        std::string platform, day;
        std::int64_t last = 0;
    };
    std::vector<Sequence> sequences_;
};

} // namespace chengge::bench
