// What the sources of this module share; nothing outside includes it.
#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "responsibility/responsibility_list.hpp"

namespace chengge::responsibility {

using SwitchKey = std::tuple<std::string, std::string, std::string>;

// List and switches of one moment, immutable.
struct Snapshot {
    List list;
    std::map<SwitchKey, Switch> switches;
};

struct ResponsibilityService::State {
    explicit State(ServiceParts given) : parts(std::move(given)) {}
    ServiceParts parts;

    std::shared_ptr<const Snapshot> now() const {
        const std::lock_guard lock(mutex);
        return current;
    }
    void set(std::shared_ptr<const Snapshot> next) {
        const std::lock_guard lock(mutex);
        current = std::move(next);
    }
    std::string today() const;

private:
    mutable std::mutex mutex;
    std::shared_ptr<const Snapshot> current;
};

// The city's names for what a row's codes mean.
struct Names {
    std::shared_ptr<const rules::Rules> rules;
    const grid::GridService& grid;
    std::shared_ptr<const identity::Directory> directory;

    explicit Names(const ServiceParts& parts) : rules(parts.rules()), grid(parts.grid), directory(parts.identity.directory()) {}
    Words class_words(const Row& row) const; // “道路破损”, 大类“市容环境”, “环境卫生”类, 各类问题
    std::string class_name(const Row& row) const;
    Words place_words(const Row& row) const; // 人民大道东侧, 绘制范围“…”, 赤坎区, 全市
    std::string unit_name(const std::string& code) const;
    const rules::ResponsibleKind* trade(std::string_view code) const;
    const rules::MajorClass* major(const Row& row) const;
};

// The first fault of a row as a person would fill it in; puts what may be left out in its place.
std::optional<RowFault> find_fault(Row& row, const Names& names);
// Two rows that say the same of the same: all but code, version, origin and who changed it.
bool says_same(const Row& a, const Row& b);
// What an import without codes knows a row by.
std::string natural_key(const Row& row);

// rows ↔ values (responsibility_store.cpp)
std::vector<Row> load_rows(storage::Transaction& transaction);
std::vector<Row> load_versions(storage::Transaction& transaction, const std::string& code);
std::map<SwitchKey, Switch> load_switches(storage::Transaction& transaction);
// A row without a code gets one; an older version is retired. False when that was not the newest.
bool store_row(storage::Transaction& transaction, Row& row, const std::string& by, std::int64_t now_ms);

} // namespace chengge::responsibility
