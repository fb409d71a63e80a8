// What a dry run has made of a survey, kept beside it: features as the registry keeps them, so that publishing need not make them
// again. Good for nothing else than the very rows, layer version, settings and day it was made of (its binding); else, or when the file
// is damaged, publishing makes the features anew. Never needed, so it is not synced and nothing is refused for its sake.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ahead.hpp"
#include "registry/registry_service.hpp"
#include "survey/bytes.hpp"

namespace chengge::survey {

// One feature as bytes. `is_unchanged`: the one in force stays, its id is all there is to say.
std::string to_prepared(const registry::Feature& feature, bool is_unchanged);

class PreparedWriter {
public:
    explicit PreparedWriter(std::string path);
    ~PreparedWriter(); // takes the file away unless it was finished
    PreparedWriter(const PreparedWriter&) = delete;
    PreparedWriter& operator=(const PreparedWriter&) = delete;
    void add(std::string_view prepared);
    void finish(std::string_view binding);

private:
    void write(std::string_view bytes);
    void flush();
    std::string path_, buffer_;
    int fd_ = -1;
    std::uint64_t digest_, count_ = 0, bytes_ = 0;
    bool is_broken_ = false;
};

// The features by id, each once.
class PreparedFeatures {
public:
    // Null when there is no such file, it is of another binding, or damaged.
    static std::unique_ptr<PreparedFeatures> open(const std::string& path, std::string_view binding, const registry::Layer& layer, std::shared_ptr<const registry::LayerSnapshot> in_force);
    std::optional<registry::Feature> next() { return made_.next(); }

private:
    PreparedFeatures(const std::string& path, const registry::Layer& layer, std::shared_ptr<const registry::LayerSnapshot> in_force);
    bool read(std::string_view binding); // whether all of it is whole
    void sort();
    registry::Feature feature(std::uint64_t at) const;
    std::optional<std::vector<registry::Feature>> make_batch(std::size_t number) const;
    MappedFile file_;
    const registry::Layer& layer_;
    std::shared_ptr<const registry::LayerSnapshot> in_force_;
    std::vector<std::uint64_t> records_; // where each begins, by id
    AheadOneByOne<registry::Feature> made_; // last: ends before the rest
};

} // namespace chengge::survey
