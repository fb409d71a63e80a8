// What the city's office does in a story: the responsibility list, reorganisations, 三防 and its exclusions.
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

std::string Story::kind_of(const std::string& class_code) {
    return class_code >= "06" ? "event" : "component";
}

void Story::add_row(const std::vector<std::string>& words) {
    if (words.size() < 6) throw StoryError("row CODE CLASS PLACE-KIND [PLACE] unit UNIT");
    responsibility::Row row;
    row.code = words[1];
    if (words[2] != "any") row.edition = "2026", row.kind = kind_of(words[2]), row.class_code = words[2];
    row.place_kind = words[3];
    for (std::size_t i = 4; i + 1 < words.size(); ++i) {
        if (words[i] == "unit") row.competent = words[++i];
        else if (words[i] == "from") row.valid_from = words[++i];
        else if (words[i] == "until") row.valid_to = words[++i];
        else if (row.place_kind == "cell") row.place = city_->cell_code(words[i]);
        else if (row.place_kind == "community") row.place = city_->cell_code(words[i]).substr(0, 12);
        else if (row.place_kind == "district") row.place = words[i] == "a" ? home_.codes.district_a : home_.codes.district_b;
        else if (row.place_kind == "area") row.place = words[i], row.shape = {square_at(city_->center(words[i]))};
        else row.place = words[i];
    }
    if (const auto saved = city_->responsibility->save(row, "故事"); !saved) throw StoryError("the row was refused: " + saved.error().code + " " + saved.error().facts.at("reason_en"));
}

geo::Polygon Story::square_at(geo::Point middle) {
    constexpr double reach = 0.0002;
    return {{{{middle.lon - reach, middle.lat - reach}, {middle.lon + reach, middle.lat - reach}, {middle.lon + reach, middle.lat + reach}, {middle.lon - reach, middle.lat + reach}, {middle.lon - reach, middle.lat - reach}}}};
}

std::string Story::refused_in(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i + 2 < words.size(); ++i)
        if (words[i] == "->") return words[i + 2];
    return "";
}

json::object Story::target_of(const std::string& code) const {
    const bool is_new = city_->identity->directory()->find_organisation(code) == nullptr;
    return {{"code", code}, {"name", "单位" + code}, {"is_new", is_new}};
}

void Story::reorganise(const std::vector<std::string>& words) {
    json::object plan{{"reorganisation_id", format_uuid(city_->new_id())}, {"kind", words.at(1)}, {"reason", "机构改革"}, {"document", "编办〔2026〕1号"}, {"day", format_date(city_date(city_->clock.now_ms()))}};
    json::array units, parts, list;
    json::object part;
    std::string list_name;
    const auto end_list = [&] {
        if (!list_name.empty()) part[list_name] = std::move(list);
        list = {};
        list_name.clear();
    };
    const auto end_part = [&] {
        end_list();
        if (!part.empty()) parts.push_back(std::move(part));
        part = {};
    };
    for (std::size_t i = 2; i < words.size() && words[i] != "->"; ++i) {
        const auto next = [&] { return words.at(++i); };
        if (words[i] == "from") plan["day"] = next();
        else if (words[i] == "to") plan["target"] = json::object{{"name", next()}};
        else if (words[i] == "into") plan["target"] = target_of(next());
        else if (words[i] == "part" || words[i] == "rest") {
            end_part();
            part["target"] = target_of(next());
        } else if (words[i] == "classes" || words[i] == "regions") {
            end_list();
            list_name = words[i];
        } else if (!list_name.empty()) list.emplace_back(words[i] == "a" ? home_.codes.district_a : words[i] == "b" ? home_.codes.district_b : words[i]);
        else units.emplace_back(words[i]);
    }
    end_part();
    plan["units"] = std::move(units);
    if (!parts.empty()) plan["parts"] = std::move(parts);
    check_done(city_->reorganisation->record(plan, city_->viewer("leader"), "zh"), refused_in(words));
}

void Story::command_mode(const std::vector<std::string>& words, const std::string&) {
    const auto viewer = city_->viewer(words[0]);
    const auto& name = words[3];
    std::optional<std::int64_t> at_ms;
    emergency::NewMode mode;
    std::vector<std::string>* list = nullptr;
    for (std::size_t i = 4; i < words.size() && words[i] != "->"; ++i) {
        if (words[i] == "at") at_ms = parse_instant(words.at(i + 1) + "T" + words.at(i + 2)), i += 2;
        else if (words[i] == "stages") list = &mode.stages;
        else if (words[i] == "regions") list = &mode.regions;
        else if (words[i] == "classes") list = &mode.classes;
        else if (list != nullptr) list->push_back(words[i] == "a" ? home_.codes.district_a : words[i] == "b" ? home_.codes.district_b : words[i]);
        else throw StoryError("not understood: " + words[i]);
    }
    if (words[1] == "ends") return check_done(city_->emergency->end_mode(modes_.at(name), "解除防风", at_ms, viewer, "zh"), refused_in(words));
    mode.id = city_->new_id();
    mode.name = "台风“" + name + "”防御";
    mode.from_ms = at_ms;
    if (mode.stages.empty()) mode.stages = {"handle", "check"};
    if (refused_in(words).empty()) modes_[name] = mode.id;
    check_done(city_->emergency->begin_mode(mode, viewer, "zh"), refused_in(words));
}

void Story::exclude(const std::vector<std::string>& words) {
    const auto viewer = city_->viewer(words[0]);
    const auto& mode = modes_.at(words[2]);
    if (words[1] == "asks_exclusion") return check_done(city_->emergency->ask_exclusion(mode, city_->new_id(), "台风期间", viewer, "zh"), refused_in(words));
    check_done(city_->emergency->decide_exclusion(mode, words[1] == "agrees_exclusion", "已阅", viewer, "zh"), refused_in(words));
}

void Story::expect_mode(const std::vector<std::string>& words) {
    const auto mode = city_->emergency->mode(modes_.at(words[2]), "zh");
    if (!mode) return complain(mode.error().code);
    for (std::size_t i = 3; i < words.size(); ++i) {
        if (words[i] == "reached" || words[i] == "held") expect_equal("cases " + words[i], to_json_text(mode->at(words[i])), words.at(i + 1)), ++i;
        else expect_equal("the mode", mode->at("is_on").as_bool() ? "on" : "over", words[i]);
    }
}

void Story::set_automatic(const std::vector<std::string>& words) {
    if (!city_->responsibility->set_switch({"2026", kind_of(words[1]), words[1], words.at(2) == "on", 0, ""}, "故事")) throw StoryError("no such class");
}

void Story::expect_list(const std::vector<std::string>& words) {
    const auto point = city_->center(words.at(4));
    const auto question = city_->responsibility->question_at(point.lon, point.lat, "cgcs2000", "2026", "", words.at(2));
    if (!question) throw StoryError(question.error().code);
    const auto answer = city_->responsibility->answer(*question);
    std::string wanted, found = join(answer.units, " ");
    for (std::size_t i = 6; i < words.size() && words[i] != "by" && words[i] != "fallback"; ++i) wanted += (wanted.empty() ? "" : " ") + words[i];
    expect_equal("who answers", found.empty() ? "nobody" : found, wanted);
    for (std::size_t i = 6; i + 1 < words.size(); ++i)
        if (words[i] == "by") expect_equal("the row", answer.matches.empty() ? "none" : answer.matches.front().row.code, words[i + 1]);
    expect_equal("a fallback", answer.is_fallback ? "yes" : "no", words.back() == "fallback" ? "yes" : "no");
}

} // namespace chengge::scenarios
