// 责任网格排班: who looks after which duty area on which shift, from day to day. Private to this module.
#pragma once

#include "registry/registry_state.hpp"

namespace chengge::registry {

struct DutyAreaFilter {
    std::string day;    // empty: today
    std::string region; // code of a managing district, subdistrict or community; empty: the city
    std::string words;  // part of an area's name or code, or of a person's name
    bool is_uncovered = false; // only areas that nobody looks after on some shift
    std::string cursor;
    int limit = 50;
};

struct DutyFilter {
    std::string area_id;
    Uuid person; // nil: everybody
    std::string cursor;
    int limit = 50;
};

class DutyPeople {
public:
    explicit DutyPeople(RegistryService::State& state) : state_(state) {}

    // RegistryService::assign_duty, answered.
    Result<json::object> assign(const NewDuty& duty, const identity::Viewer& viewer, const std::string& language);
    // The last day is brought forward, not before yesterday: what has been stays as it was. One that ends before it begins never was in force.
    // Refusals: duty_unknown, bad_dates, duty_past, duty_ended.
    Result<json::object> end(const Uuid& id, const std::string& last_day, const std::string& words, const identity::Viewer& viewer, const std::string& language);
    // Areas by code with their people on a day and the shifts that nobody has. Refusals: bad_dates, bad_cursor.
    Result<json::object> areas(const DutyAreaFilter& filter, const std::string& language) const;
    // The same as a table with a heading in the language, an area a row, a shift a column. Refusal: bad_dates.
    Result<std::string> table(DutyAreaFilter filter, bool is_xlsx, const std::string& language) const;
    // What somebody looks after on a day, with outlines and cells. Refusal: bad_dates.
    Result<json::object> mine(const std::string& day, const identity::Viewer& viewer, const std::string& language) const;
    // Every assignment there has been, newest first. Refusal: bad_cursor.
    Result<json::object> list(const DutyFilter& filter, const identity::Viewer& viewer, const std::string& language) const;

private:
    const DutyShift* find_shift(std::string_view code) const;
    json::object to_json(const storage::Rows::Row& row, const identity::Directory& directory, const std::string& language) const;
    std::string today() const;
    RegistryService::State& state_;
};

} // namespace chengge::registry
