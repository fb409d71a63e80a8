#include "patrol/patrol_data.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "rules/data_folder.hpp"

namespace chengge::patrol {

namespace {

using rules::DataFolder;
using rules::DataRow;

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < 0 || value > 1'000'000'000'000) return std::nullopt;
    return value;
}

std::int64_t read_number(DataFolder& folder, const DataRow& row, std::string_view column) {
    const auto value = whole_number(row.text(column));
    if (!value) folder.add_fault(row, std::string(column) + " must be a whole number from 0 on");
    return value.value_or(0);
}

bool read_flag(DataFolder& folder, const DataRow& row, std::string_view column) {
    const auto& text = row.text(column);
    if (text != "yes" && text != "no") folder.add_fault(row, std::string(column) + " must be yes or no");
    return text == "yes";
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), text) != words.end(); }

void read_kinds(DataFolder& folder, PatrolData& data) {
    for (const auto& row : folder.table("patrol/finding_kinds.csv", {"code", "zh", "en", "fits", "charged", "points", "cents", "cap_cents", "needs_photo", "contests"}, {"code"})) {
        FindingKind kind{.code = row.text("code"), .zh = row.text("zh"), .en = row.text("en"), .fits = {}, .charged = row.text("charged")};
        for (auto& one : split(row.text("fits"), ' '))
            if (!one.empty()) kind.fits.push_back(one);
        for (const auto& one : kind.fits)
            if (!is_one_of(one, {"closed", "simple", "patrol"})) folder.add_fault(row, "fits knows closed, simple and patrol, not " + one);
        if (kind.code.empty() || kind.zh.empty() || kind.fits.empty()) folder.add_fault(row, "a kind needs a code, words and what it fits to");
        if (!is_one_of(kind.charged, {"reporter", "checker", "lot", "nobody"})) folder.add_fault(row, "charged must be reporter, checker, lot or nobody");
        if (kind.fits_to("patrol") && kind.charged != "lot" && kind.charged != "nobody") folder.add_fault(row, "what is found without a case is charged to the lot of its place");
        kind.points = read_number(folder, row, "points");
        kind.cents = read_number(folder, row, "cents");
        kind.cap_cents = read_number(folder, row, "cap_cents");
        kind.needs_photo = read_flag(folder, row, "needs_photo");
        kind.contests = read_flag(folder, row, "contests");
        if (kind.charged == "nobody" && (kind.points > 0 || kind.cents > 0)) folder.add_fault(row, "points and money need somebody who is charged");
        data.kinds.push_back(std::move(kind));
    }
}

std::optional<int> minute_of(const std::string& text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = whole_number(text.substr(0, 2)), minute = whole_number(text.substr(3));
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    return static_cast<int>(*hour * 60 + *minute);
}

void read_shifts(DataFolder& folder, PatrolData& data) {
    for (const auto& row : folder.table("patrol/shifts.csv", {"code", "zh", "en", "from", "to"}, {"code"})) {
        Shift shift{row.text("code"), row.text("zh"), row.text("en"), row.text("from"), row.text("to")};
        const auto from = minute_of(shift.from), to = minute_of(shift.to);
        if (!from || !to) {
            folder.add_fault(row, "from and to are times like 07:00");
            continue;
        }
        shift.from_minute = *from;
        shift.to_minute = *to > *from ? *to : *to + 24 * 60;
        data.shifts.push_back(std::move(shift));
    }
    if (data.shifts.empty()) folder.add_fault("patrol/shifts.csv", 1, "there is no shift");
}

void read_settings(DataFolder& folder, PatrolSettings& settings) {
    for (const auto& document : folder.documents("patrol/settings.json")) {
        JsonReader reader(document.value);
        const auto whole = [&](const char* name, int& into, std::int64_t least, std::int64_t most) {
            const auto value = reader.maybe_integer(name);
            if (!value) return;
            if (*value < least || *value > most) folder.add_fault(document.file, document.line_of(name), std::string(name) + " lies outside " + std::to_string(least) + " … " + std::to_string(most));
            else into = static_cast<int>(*value);
        };
        whole("objection_working_days", settings.objection_working_days, 1, 60);
        whole("sample_size_max", settings.sample_size_max, 1, 5000);
        whole("score_full", settings.score_full, 1, 1000);
        whole("deduction_cap_percent", settings.deduction_cap_percent, 0, 100);
        whole("present_acts_min", settings.present_acts_min, 1, 1000);
        if (reader.error()) folder.add_fault(document.file, 1, reader.error()->facts.at("member") + " " + reader.error()->facts.at("reason"));
    }
}

} // namespace

bool FindingKind::fits_to(std::string_view what) const { return std::find(fits.begin(), fits.end(), what) != fits.end(); }

const FindingKind* PatrolData::find_kind(std::string_view code) const {
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const FindingKind& one) { return one.code == code; });
    return found == kinds.end() ? nullptr : &*found;
}

const Shift* PatrolData::find_shift(std::string_view code) const {
    const auto found = std::find_if(shifts.begin(), shifts.end(), [&](const Shift& one) { return one.code == code; });
    return found == shifts.end() ? nullptr : &*found;
}

Result<std::shared_ptr<const PatrolData>> load_patrol_data(const std::string& base, const std::string& overlay) {
    DataFolder folder(base, overlay);
    auto data = std::make_shared<PatrolData>();
    read_kinds(folder, *data);
    for (const auto& row : folder.table("patrol/staff_rules.csv", {"code", "zh", "en", "points", "cents", "cap_cents"}, {"code"})) {
        if (row.text("code") != "absent") folder.add_fault(row, "the only rule is absent");
        data->absent = {row.text("code"), row.text("zh"), row.text("en"), read_number(folder, row, "points"), read_number(folder, row, "cents"), read_number(folder, row, "cap_cents")};
    }
    read_shifts(folder, *data);
    read_settings(folder, data->settings);
    if (folder.faults.empty()) return std::shared_ptr<const PatrolData>(std::move(data));
    const auto& first = folder.faults.front();
    return fail("bad_data", {{"file", first.file}, {"line", std::to_string(first.line)}, {"reason", first.reason}});
}

} // namespace chengge::patrol
