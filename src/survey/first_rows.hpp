// In which row each code of a survey came first: some forty bytes a code, so that millions of rows are judged in a bounded memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chengge::survey {

class FirstRows {
public:
    // The row in which the code came first: `row` itself when it is new.
    std::int64_t put(std::string_view id, std::int64_t row);
    bool contains(std::string_view id) const { return !rows_.empty() && places_[place_of(id)] != 0; }
    std::size_t size() const { return rows_.size(); }

private:
    std::string_view id(std::size_t at) const { return std::string_view(bytes_).substr(ends_[at], ends_[at + 1] - ends_[at]); }
    std::size_t place_of(std::string_view id) const; // where it stands, or would
    void grow();
    std::string bytes_; // the codes one behind the other
    std::vector<std::uint64_t> ends_{0};
    std::vector<std::uint32_t> rows_;   // of each
    std::vector<std::uint32_t> places_; // by hash, open addressing: 1 + number; 0 = free
};

} // namespace chengge::survey
