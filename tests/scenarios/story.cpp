// A story from its first line to its last: the city it happens in, and what each line begins.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "base/csv.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "scenarios/story.hpp"

namespace chengge::scenarios {

City load_city(const std::string& folder) {
    const auto value = parse_json(*load_file(folder + "/city.json"));
    if (!value) throw StoryError(folder + "/city.json is no JSON");
    JsonReader reader(*value);
    City city{std::filesystem::path(folder).filename().string(), folder, {}};
    city.codes = {.platform = reader.text("platform", 12), .name = reader.text("name", 40),
                  .district_a = reader.text("district_a", 12), .district_a_name = reader.text("district_a_name", 40),
                  .district_b = reader.text("district_b", 12), .district_b_name = reader.text("district_b_name", 40),
                  .north_west = {reader.number("lon"), reader.number("lat")}};
    if (reader.error()) throw StoryError(folder + "/city.json: " + reader.error()->facts.at("member"));
    return city;
}

std::vector<std::string> Story::run() {
    const auto text = load_file(path_);
    if (!text) return {"cannot be read"};
    for (const auto& line : split(*text, '\n')) lines_.push_back(of_city(line));
    try {
        prepare();
        for (line_ = 0; line_ < lines_.size(); ++line_) run_line(lines_[line_]);
    } catch (const std::exception& error) {
        complain(error.what());
    }
    if (!failures_.empty() && city_) print_time_lines();
    return failures_;
}

std::string Story::of_city(std::string line) const {
    if (line.starts_with("[")) {
        const auto end = line.find("] ");
        if (end == std::string::npos) return line;
        if (line.substr(1, end - 1) != (home_.name.empty() ? "model" : home_.name)) return "";
        line = line.substr(end + 2);
    }
    for (auto at = line.find("{platform}"); at != std::string::npos; at = line.find("{platform}")) line.replace(at, 10, home_.codes.platform);
    for (auto at = line.find("{district_a}"); at != std::string::npos; at = line.find("{district_a}")) line.replace(at, 12, home_.codes.district_a);
    return line;
}

void Story::complain(const std::string& reason) {
    failures_.push_back("line " + std::to_string(line_ + 1) + ": " + reason);
}

std::vector<std::string> Story::words_of(const std::string& line) {
    std::vector<std::string> words;
    std::istringstream in(line);
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

bool Story::is_map_row(const std::string& line) {
    const auto words = words_of(line);
    return !words.empty() && std::all_of(words.begin(), words.end(), [](const std::string& word) { return word.size() == 1 && (word[0] == '.' || (word[0] >= 'A' && word[0] <= 'Z')); });
}

void Story::prepare() {
    kit::SmallCityOptions options;
    options.codes = home_.codes;
    if (!home_.folder.empty()) options.overlay = home_.folder + "/overlay";
    std::vector<std::string> map;
    std::string overlay, rows, settings;
    std::map<std::string, std::string> class_of_case;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const auto words = words_of(lines_[i]);
        if (words.empty() || words[0].starts_with("#")) continue;
        if (words[0] == "grid")
            for (auto next = i + 1; next < lines_.size() && is_map_row(lines_[next]); ++next) map.push_back(lines_[next]);
        if (words[0] == "rules" && words.size() > 2 && words[1] == "overlay") overlay = words[2];
        if (words[0] == "setting" && words.size() > 2) settings += (settings.empty() ? "" : ", ") + ("\"" + words[1] + "\": ") + (words[2][0] >= '0' && words[2][0] <= '9' ? words[2] : "\"" + words[2] + "\"");
        if (words.size() > 6 && (words[1] == "reports" || words[1] == "finds")) class_of_case[words.back()] = words[2];
        if (words.size() > 6 && (words[1] == "reports" || words[1] == "finds"))
            for (std::size_t w = 3; w + 1 < words.size(); ++w)
                if (words[w] == "as") class_of_case[words[w + 1]] = words[2];
        for (std::size_t w = 0; w + 3 < words.size(); ++w)
            if (words[w] == "with" && words[w + 1] == "limit") rows += made_row(class_of_case[words[2]], words[w + 2], words[w + 3]);
    }
    if (!map.empty()) options.map = map;
    if (!overlay.empty() || !rows.empty() || !settings.empty()) options.overlay = make_overlay(overlay, rows, settings);
    city_ = std::make_unique<SmallCity>(engine_, options);
}

std::string Story::made_row(const std::string& class_code, const std::string& value, const std::string& unit) {
    const auto kind = class_code >= "06" ? "event" : "component";
    const auto id = row_id(class_code, value, unit);
    if (!made_rows_.insert(id).second) return "";
    return id + ",2026," + kind + "," + class_code + ",故事里的条件,故事里的结案条件," + value + "," + unit + ",,sanitation,local,story\n";
}

std::string Story::row_id(const std::string& class_code, const std::string& value, const std::string& unit) {
    return std::string("2026-") + (class_code >= "06" ? "event" : "component") + "-" + class_code + "-story-" + value + "-" + unit;
}

std::string Story::make_overlay(const std::string& name, const std::string& rows, const std::string& settings) {
    const auto target = overlay_.path() + "/overlay";
    std::filesystem::create_directories(target + "/workflow");
    std::filesystem::create_directories(target + "/time_limits");
    if (!home_.folder.empty()) lay_over(home_.folder + "/overlay", target);
    if (!name.empty()) lay_over(std::filesystem::path(path_).parent_path() / "overlays" / name, target);
    if (!rows.empty()) {
        const auto path = target + "/time_limits/filing_rows.csv";
        const auto before = load_file(path).value_or("id,edition,kind,class_code,condition,closing_condition,limit,unit,area_class,responsible_kind,basis,source\n");
        save_file(path, before + rows);
    }
    if (!settings.empty()) lay_over_json(target + "/workflow/settings.json", "{" + settings + "}");
    return target;
}

void Story::lay_over(const std::filesystem::path& from, const std::filesystem::path& target) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(from)) {
        if (!entry.is_regular_file()) continue;
        const auto to = target / std::filesystem::relative(entry.path(), from);
        std::filesystem::create_directories(to.parent_path());
        if (to.extension() == ".json") lay_over_json(to.string(), *load_file(entry.path().string()));
        else if (std::filesystem::exists(to)) throw StoryError("both change " + to.filename().string());
        else std::filesystem::copy_file(entry.path(), to);
    }
}

void Story::lay_over_json(const std::string& path, const std::string& text) {
    auto under = parse_json(load_file(path).value_or("{}")), over = parse_json(text);
    if (!under || !over) throw StoryError(path + " is no JSON");
    for (auto& [name, value] : over->as_object()) {
        auto& place = under->as_object()[name];
        if (place.is_array() && value.is_array()) place.as_array().insert(place.as_array().end(), value.as_array().begin(), value.as_array().end());
        else place = value;
    }
    save_file(path, to_json_text(*under));
}

void Story::run_line(const std::string& line) {
    const auto words = words_of(line);
    if (words.empty() || words[0].starts_with("#") || words[0] == "grid" || words[0] == "rules" || words[0] == "setting" || words[0] == "calendar" || is_map_row(line)) return;
    if (words[0] == "at" && words.size() == 3) {
        const auto at = parse_instant(words[1] + "T" + words[2]);
        if (!at || *at < city_->clock.now_ms() - 400 * day_ms) throw StoryError("no such time");
        city_->clock.set(*at);
        return;
    }
    if (words[0] == "expect") return expect(words, line);
    if (words[0] == "restart") {
        notices_.reset();
        return city_->reopen();
    }
    if (words[0] == "night") return city_->cases->run_jobs_once(); // what is done by itself
    if (words[0] == "jobs") return city_->cases->run_jobs_once();
    if (words[0] == "notices") return begin_notices();
    if (words[0] == "row") return add_row(words);
    if (words[0] == "automatic") return set_automatic(words);
    if (words[0] == "reorganise") return reorganise(words);
    if (words.size() > 3 && (words[1] == "begins" || words[1] == "ends") && words[2] == "mode") return command_mode(words, line);
    if (words.size() > 2 && words[1].ends_with("_exclusion")) return exclude(words);
    if (words.size() < 3) throw StoryError("not understood: " + line);
    act(words, line);
}

} // namespace chengge::scenarios
