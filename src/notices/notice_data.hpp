// data/notices: what is said when, to whom, by which channel; quiet hours and retries. A city lays its own over them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "notices/template_text.hpp"
#include "rules/rules.hpp"

namespace chengge::notices {

inline constexpr std::string_view channel_codes[] = {"in_app", "email", "sms", "webhook"};
inline constexpr std::string_view event_codes[] = {"numbered", "yellow", "red"}; // beside the workflow's actions

struct Label {
    std::string list, code, zh, en;
};

// How the people of an audience are found; audiences.csv says what each means.
enum class Finds { reporter, finder, holder, part, asker, command, post };

struct Audience {
    std::string code, zh, en;
    Finds finds = Finds::holder;
    std::vector<std::string> roles;
};

struct Template {
    std::string code;
    std::vector<std::string> on, stages, channels; // stages: empty = whatever clock
    std::string kind, class_beginning;             // empty = every class
    std::string audience;
    bool is_urgent = false; // exempt from quiet hours and from the number an hour
    TemplateText subject_zh, zh, subject_en, en;
};

// Minutes of the city's day; from = to: never quiet.
struct QuietHours {
    int from = 0, to = 0;
};

struct NoticeSettings {
    QuietHours citizens, staff;
    int attempts_max = 8;
    int retry_first_seconds = 30, retry_most_seconds = 3600;
    int sms_per_hour = 6, email_per_hour = 60; // to one address
    int keep_days = 180;
};

struct NoticeData {
    NoticeSettings settings;
    std::vector<Audience> audiences;
    std::vector<Label> labels;
    std::vector<Template> templates;
    const Audience* find_audience(std::string_view code) const;
    const Template* find_template(std::string_view code) const;
    const Label* find_label(std::string_view list, std::string_view code) const;
    // The template for an audience by a channel: of those for the event and the clock's stage, the one whose class says most;
    // the first in the file when several say as much. `stage` may be empty: no clock is meant.
    const Template* choose(std::string_view event, std::string_view audience, std::string_view channel, std::string_view stage, std::string_view kind, std::string_view class_code) const;
    bool has_event(std::string_view event) const;
};

// `rules` knows the actions, stages and posts that templates may name. Refusal: bad_data with file, line and reason.
Result<std::shared_ptr<const NoticeData>> load_notice_data(const std::string& folder, const std::string& overlay, const rules::Rules& rules);

} // namespace chengge::notices
