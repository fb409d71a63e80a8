#include "addresses/address_index.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "base/text.hpp"

namespace chengge::addresses {

namespace {

constexpr std::string_view place_names[] = {"door", "building", "poi", "landmark", "estate", "block", "zone", "street", "community", "town", "county"};
constexpr std::string_view reason_names[] = {"same_name", "alias", "same_door", "between_doors", "street_only", "crossing", "alike", "within_name",
                                             "cell", "region_only", "region_differs", "region_unsaid", "direction_unused"};

constexpr double least_score = 0.3;
constexpr double bin_degrees = 0.002;        // about 200 m
constexpr std::size_t looked_at_max = 20'000; // keys of one question
constexpr double crossing_metres = 30;

// Those of entries sorted by `field` that have the value.
template <class Entries, class Field, class Value>
auto run_of(const Entries& entries, Field field, const Value& value) {
    const auto from = std::partition_point(entries.begin(), entries.end(), [&](const auto& one) { return one.*field < value; });
    return std::pair(from, std::partition_point(from, entries.end(), [&](const auto& one) { return !(value < one.*field); }));
}

std::uint64_t bin_of(geo::Point point) {
    const auto column = static_cast<std::int64_t>(std::floor(point.lon / bin_degrees)), row = static_cast<std::int64_t>(std::floor(point.lat / bin_degrees));
    return static_cast<std::uint64_t>(column + 200'000) << 32 | static_cast<std::uint64_t>(row + 200'000);
}

template <class Visit>
void visit_bins(geo::Point point, double metres, Visit&& visit) {
    const double lat = metres / 110'000, lon = lat / std::max(0.2, std::cos(point.lat * 3.14159265358979 / 180));
    for (double y = std::floor((point.lat - lat) / bin_degrees); y <= std::floor((point.lat + lat) / bin_degrees); ++y)
        for (double x = std::floor((point.lon - lon) / bin_degrees); x <= std::floor((point.lon + lon) / bin_degrees); ++x)
            visit(bin_of({(x + 0.5) * bin_degrees, (y + 0.5) * bin_degrees}));
}

std::vector<std::uint64_t> pairs_of(std::string_view text) {
    const auto points = to_code_points(text);
    std::vector<std::uint64_t> pairs;
    for (std::size_t i = 0; i + 1 < points.size(); ++i) pairs.push_back(static_cast<std::uint64_t>(points[i]) << 32 | points[i + 1]);
    std::ranges::sort(pairs);
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    return pairs;
}

// The number that a door begins with: "12-1号" is at 12.
std::optional<int> door_number(std::string_view door) {
    int number = 0;
    const auto end = std::from_chars(door.data(), door.data() + door.size(), number);
    return end.ec == std::errc() && number > 0 ? std::optional(number) : std::nullopt;
}

struct OnLine {
    geo::Point point;
    double metres = 1e12;
};

OnLine nearest_on(const geo::Line& line, geo::Point to) {
    OnLine best;
    const double scale = std::cos(to.lat * 3.14159265358979 / 180);
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        const auto a = line[i], b = line[i + 1];
        const double dx = (b.lon - a.lon) * scale, dy = b.lat - a.lat, length2 = dx * dx + dy * dy;
        const double along = length2 == 0 ? 0 : std::clamp(((to.lon - a.lon) * scale * dx + (to.lat - a.lat) * dy) / length2, 0.0, 1.0);
        const geo::Point at{a.lon + along * (b.lon - a.lon), a.lat + along * (b.lat - a.lat)};
        if (const auto metres = geo::distance_m(at, to); metres < best.metres) best = {at, metres};
    }
    return best;
}

// Where two lines cross; the first place of several.
std::optional<geo::Point> meeting_of(const geo::Line& one, const geo::Line& other) {
    for (std::size_t i = 0; i + 1 < one.size(); ++i)
        for (std::size_t j = 0; j + 1 < other.size(); ++j) {
            const auto a = one[i], b = one[i + 1], c = other[j], d = other[j + 1];
            const double whole = (b.lon - a.lon) * (d.lat - c.lat) - (b.lat - a.lat) * (d.lon - c.lon);
            if (whole == 0) continue;
            const double along = ((c.lon - a.lon) * (d.lat - c.lat) - (c.lat - a.lat) * (d.lon - c.lon)) / whole;
            const double across = ((c.lon - a.lon) * (b.lat - a.lat) - (c.lat - a.lat) * (b.lon - a.lon)) / whole;
            if (along >= 0 && along <= 1 && across >= 0 && across <= 1) return geo::Point{a.lon + along * (b.lon - a.lon), a.lat + along * (b.lat - a.lat)};
        }
    return std::nullopt;
}

geo::Point middle_of(const geo::Line& line) { return line[line.size() / 2]; }

bool is_region(ElementKind kind) { return kind <= ElementKind::community; }

// 1 = the same, 0 = nothing in common: pairs of characters in common, against both lengths.
double likeness(const std::vector<std::uint64_t>& asked, const std::vector<std::uint64_t>& known) {
    if (asked.empty() || known.empty()) return 0;
    std::size_t common = 0;
    for (std::size_t i = 0, j = 0; i < asked.size() && j < known.size();) {
        if (asked[i] == known[j]) ++common, ++i, ++j;
        else if (asked[i] < known[j]) ++i;
        else ++j;
    }
    return 2.0 * static_cast<double>(common) / static_cast<double>(asked.size() + known.size());
}

} // namespace

std::string_view name_of(PlaceKind kind) { return place_names[static_cast<std::size_t>(kind)]; }
std::string_view name_of(Reason reason) { return reason_names[static_cast<std::size_t>(reason)]; }

// What is asked, parted once for all ways of looking.
struct AddressIndex::Question {
    std::string core;               // without the regions before it and the hints behind it
    std::vector<Element> elements;
    std::vector<std::string> named; // normalised regions that the text names
    bool has_hint = false;
    Wish wish;

    const Element* first(ElementKind kind) const {
        const auto found = std::ranges::find(elements, kind, &Element::kind);
        return found == elements.end() ? nullptr : &*found;
    }
};

AddressIndex::AddressIndex(std::vector<Place> places, std::vector<Road> roads) : places_(std::move(places)), roads_(std::move(roads)) {
    for (const auto& place : places_) {
        switch (place.kind) {
        case PlaceKind::county: gazetteer_.add(place.name, ElementKind::county); break;
        case PlaceKind::town: gazetteer_.add(place.name, ElementKind::town); break;
        case PlaceKind::community: gazetteer_.add(place.name, ElementKind::community); break;
        case PlaceKind::street: gazetteer_.add(place.name, ElementKind::street); break;
        case PlaceKind::estate: gazetteer_.add(place.name, ElementKind::estate); break;
        case PlaceKind::poi:
        case PlaceKind::landmark: gazetteer_.add(place.name, ElementKind::poi); break;
        default: break;
        }
    }
    for (std::size_t i = 0; i < roads_.size(); ++i) {
        gazetteer_.add(roads_[i].name, ElementKind::street);
        roads_named_[normalise(roads_[i].name)].push_back(static_cast<std::uint32_t>(i));
    }
    add_keys();
    add_doors();
    add_pairs();
    add_bins();
}

void AddressIndex::add_keys() {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const auto at = static_cast<std::uint32_t>(i);
        keys_.push_back({normalise(places_[i].name), at, false});
        for (const auto& alias : places_[i].aliases) keys_.push_back({normalise(alias), at, true});
    }
    std::erase_if(keys_, [](const Key& key) { return key.text.empty(); });
    std::ranges::sort(keys_, [](const Key& a, const Key& b) { return std::tie(a.text, a.is_alias, a.place) < std::tie(b.text, b.is_alias, b.place); });
}

void AddressIndex::add_doors() {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (places_[i].kind != PlaceKind::door) continue;
        const auto elements = parse(places_[i].name);
        const Element* way = nullptr;
        for (const auto& element : elements) {
            if (element.kind == ElementKind::street || element.kind == ElementKind::estate) way = &element;
            if (element.kind != ElementKind::door || way == nullptr) continue;
            if (const auto number = door_number(element.text)) doors_[way->text].push_back({*number, static_cast<std::uint32_t>(i)});
            break;
        }
    }
    for (auto& [street, doors] : doors_) std::ranges::sort(doors, [](const Door& a, const Door& b) { return std::tie(a.number, a.place) < std::tie(b.number, b.place); });
}

void AddressIndex::add_pairs() {
    pair_counts_.reserve(keys_.size());
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        const auto pairs = pairs_of(keys_[i].text);
        pair_counts_.push_back(static_cast<std::uint32_t>(pairs.size()));
        for (const auto pair : pairs) pairs_[pair].push_back(static_cast<std::uint32_t>(i));
    }
}

void AddressIndex::add_bins() {
    for (std::size_t i = 0; i < places_.size(); ++i) bins_[bin_of(places_[i].point)].push_back(static_cast<std::uint32_t>(i));
    for (std::size_t i = 0; i < roads_.size(); ++i)
        for (std::size_t line = 0; line < roads_[i].lines.size(); ++line) {
            std::set<std::uint64_t> bins;
            const auto& points = roads_[i].lines[line];
            for (std::size_t k = 0; k + 1 < points.size(); ++k) {
                const auto steps = 1 + static_cast<int>(std::max(std::fabs(points[k + 1].lon - points[k].lon), std::fabs(points[k + 1].lat - points[k].lat)) / (bin_degrees / 2));
                for (int step = 0; step <= steps; ++step) {
                    const double along = static_cast<double>(step) / steps;
                    bins.insert(bin_of({points[k].lon + along * (points[k + 1].lon - points[k].lon), points[k].lat + along * (points[k + 1].lat - points[k].lat)}));
                }
            }
            for (const auto bin : bins) road_bins_[bin].emplace_back(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(line));
        }
}

std::vector<AddressIndex::Near> AddressIndex::places_near(geo::Point point, double metres_max, std::size_t limit) const {
    std::vector<Near> near;
    visit_bins(point, metres_max, [&](std::uint64_t bin) {
        const auto found = bins_.find(bin);
        if (found == bins_.end()) return;
        for (const auto at : found->second)
            if (const auto metres = geo::distance_m(places_[at].point, point); metres <= metres_max) near.push_back({&places_[at], metres});
    });
    std::ranges::sort(near, [](const Near& a, const Near& b) { return std::tie(a.metres, a.place->id) < std::tie(b.metres, b.place->id); });
    if (near.size() > limit) near.resize(limit);
    return near;
}

std::vector<AddressIndex::OnRoad> AddressIndex::roads_near(geo::Point point, double metres_max) const {
    std::map<std::string, OnRoad> nearest;
    visit_bins(point, metres_max + 250, [&](std::uint64_t bin) {
        const auto found = road_bins_.find(bin);
        if (found == road_bins_.end()) return;
        for (const auto& [road, line] : found->second) {
            const auto on = nearest_on(roads_[road].lines[line], point);
            if (on.metres > metres_max) continue;
            auto& best = nearest[roads_[road].name];
            if (best.name.empty() || on.metres < best.metres) best = {roads_[road].name, on.point, on.metres};
        }
    });
    std::vector<OnRoad> all;
    for (auto& [name, on] : nearest) all.push_back(std::move(on));
    std::ranges::sort(all, {}, &OnRoad::metres);
    return all;
}

// --- looking ----------------------------------------------------------------------------------------

Candidate AddressIndex::judged(const Question& question, Place place, double score, std::vector<Reason> reasons) const {
    if (!question.named.empty()) {
        // The place's own regions, by the codes that its region's code begins with.
        bool is_within = false, is_elsewhere = false;
        for (const auto& key : question.named) {
            const auto [from, to] = run_of(keys_, &Key::text, key);
            bool is_known = false, fits = false;
            for (auto at = from; at != to; ++at) {
                const auto& region = places_[at->place];
                if (region.kind < PlaceKind::community) continue;
                is_known = true;
                fits = fits || place.region.starts_with(region.id) || (!place.region.empty() && region.id.starts_with(place.region)) || place.manager == region.id;
            }
            is_within = is_within || fits;
            is_elsewhere = is_elsewhere || (is_known && !fits);
        }
        if (is_elsewhere) {
            score *= 0.7;
            reasons.push_back(Reason::region_differs);
        } else if (is_within) {
            score = std::min(1.0, score + 0.02);
        }
    }
    if (question.has_hint) reasons.push_back(Reason::direction_unused);
    return {std::move(place), score, std::move(reasons)};
}

void AddressIndex::find_whole(const Question& question, std::vector<Candidate>& found) const {
    const auto [from, to] = run_of(keys_, &Key::text, question.core);
    for (auto at = from; at != to; ++at) {
        std::vector<Reason> reasons{at->is_alias ? Reason::alias : Reason::same_name};
        auto score = at->is_alias ? 0.95 : 0.98;
        if (to - from > 1 && question.named.empty()) {
            score -= 0.1;
            reasons.push_back(Reason::region_unsaid);
        }
        found.push_back(judged(question, places_[at->place], score, std::move(reasons)));
    }
}

// Where the number would stand between its neighbours of the same side of the street.
std::optional<Place> AddressIndex::between_doors(const std::string& street, int number) const {
    const auto known = doors_.find(street);
    if (known == doors_.end()) return std::nullopt;
    const Door *below = nullptr, *above = nullptr;
    for (const auto& door : known->second) {
        if (door.number % 2 != number % 2) continue;
        if (door.number < number) below = &door;
        if (door.number > number && above == nullptr) above = &door;
    }
    if (below == nullptr && above == nullptr) return std::nullopt;
    const auto& nearest = places_[(below != nullptr ? below : above)->place];
    Place place{nearest.id, street + std::to_string(number) + "号", {}, PlaceKind::door, nearest.point, nearest.region, nearest.manager};
    if (below == nullptr || above == nullptr) return place;
    const auto& other = places_[above->place];
    // Numbers that jump from one part of the street to another say nothing about what lies between.
    if (geo::distance_m(nearest.point, other.point) > 600) return place;
    const double along = static_cast<double>(number - below->number) / (above->number - below->number);
    place.point = {nearest.point.lon + along * (other.point.lon - nearest.point.lon), nearest.point.lat + along * (other.point.lat - nearest.point.lat)};
    return place;
}

std::optional<geo::Point> AddressIndex::crossing_of(const std::string& one, const std::string& other) const {
    const auto first = roads_named_.find(one), second = roads_named_.find(other);
    if (first == roads_named_.end() || second == roads_named_.end()) return std::nullopt;
    OnLine best;
    const auto look = [&](const std::vector<std::uint32_t>& from, const std::vector<std::uint32_t>& to) {
        for (const auto a : from)
            for (const auto& line : roads_[a].lines)
                for (const auto b : to)
                    for (const auto& across : roads_[b].lines) {
                        if (const auto point = meeting_of(line, across)) best = {*point, 0};
                        // Streets that are drawn up to each other's edge only.
                        for (const auto end : {line.front(), line.back()})
                            if (const auto on = nearest_on(across, end); on.metres < best.metres) best = on;
                    }
    };
    look(first->second, second->second);
    look(second->second, first->second);
    return best.metres <= crossing_metres ? std::optional(best.point) : std::nullopt;
}

void AddressIndex::find_parts(const Question& question, std::vector<Candidate>& found) const {
    std::vector<const Element*> streets;
    for (const auto& element : question.elements)
        if (element.kind == ElementKind::street || element.kind == ElementKind::estate) streets.push_back(&element);
    if (streets.size() >= 2 && streets[0]->text != streets[1]->text)
        if (const auto point = crossing_of(streets[0]->text, streets[1]->text)) {
            Place place{"", streets[0]->text + "与" + streets[1]->text + "交叉口", {}, PlaceKind::street, *point, "", ""};
            found.push_back(judged(question, std::move(place), 0.9, {Reason::crossing}));
        }
    const auto* door = question.first(ElementKind::door);
    const auto number = door != nullptr ? door_number(door->text) : std::nullopt;
    for (const auto* street : streets) {
        const auto doors = doors_.find(street->text);
        bool is_there = false;
        if (number && doors != doors_.end()) {
            const auto [from, to] = run_of(doors->second, &Door::number, *number);
            const bool is_unsaid = to - from > 1 && question.named.empty();
            is_there = from != to;
            for (auto one = from; one != to; ++one) {
                std::vector<Reason> reasons{Reason::same_door};
                if (is_unsaid) reasons.push_back(Reason::region_unsaid);
                found.push_back(judged(question, places_[one->place], is_unsaid ? 0.83 : 0.93, std::move(reasons)));
            }
        }
        if (is_there) continue;
        if (number)
            if (auto place = between_doors(street->text, *number)) {
                found.push_back(judged(question, std::move(*place), 0.75, {Reason::between_doors}));
                continue;
            }
        if (const auto road = roads_named_.find(street->text); road != roads_named_.end() && !roads_[road->second.front()].lines.empty()) {
            Place place{"", roads_[road->second.front()].name, {}, PlaceKind::street, middle_of(roads_[road->second.front()].lines.front()), "", ""};
            found.push_back(judged(question, std::move(place), 0.5, {Reason::street_only}));
        }
    }
    // A known name somewhere in the text: 海滨公园东门旁的垃圾桶.
    for (const auto& element : question.elements) {
        if (!element.is_known || element.kind == ElementKind::street || is_region(element.kind) || element.text == question.core) continue;
        const auto [from, to] = run_of(keys_, &Key::text, element.text);
        for (auto at = from; at != to; ++at) found.push_back(judged(question, places_[at->place], 0.8, {at->is_alias ? Reason::alias : Reason::within_name}));
    }
}

std::vector<std::uint32_t> AddressIndex::keys_with(std::string_view text, std::size_t limit) const {
    auto pairs = pairs_of(text);
    const std::vector<std::uint32_t>* rarest = nullptr;
    for (const auto pair : pairs) {
        const auto found = pairs_.find(pair);
        if (found == pairs_.end()) return {};
        if (rarest == nullptr || found->second.size() < rarest->size()) rarest = &found->second;
    }
    std::vector<std::uint32_t> keys;
    if (rarest == nullptr) return keys;
    for (std::size_t i = 0; i < rarest->size() && i < limit; ++i)
        if (keys_[(*rarest)[i]].text.find(text) != std::string::npos) keys.push_back((*rarest)[i]);
    return keys;
}

void AddressIndex::find_alike(const Question& question, std::vector<Candidate>& found) const {
    const auto asked = pairs_of(question.core);
    // The rarest pairs first: a name that shares none of them is not meant.
    std::vector<const std::vector<std::uint32_t>*> lists;
    for (const auto pair : asked)
        if (const auto one = pairs_.find(pair); one != pairs_.end()) lists.push_back(&one->second);
    std::ranges::sort(lists, {}, [](const auto* list) { return list->size(); });
    // How many pairs a key has in common, counted in memory that the thread keeps: thousands are touched by a question.
    thread_local std::vector<std::uint16_t> common;
    if (common.size() < keys_.size()) common.resize(keys_.size());
    std::vector<std::uint32_t> touched;
    std::size_t looked_at = 0, not_counted = lists.size();
    for (const auto* list : lists) {
        if (looked_at + list->size() > looked_at_max && !touched.empty()) break;
        const auto count = std::min(list->size(), looked_at_max - looked_at);
        for (std::size_t i = 0; i < count; ++i)
            if (common[(*list)[i]]++ == 0) touched.push_back((*list)[i]);
        looked_at += count;
        if (count == list->size()) --not_counted;
    }
    // Where the street is known its doors have been looked at: another number is not alike, it is another place.
    const bool has_street = std::ranges::any_of(question.elements, [&](const Element& one) { return one.kind == ElementKind::street && (doors_.contains(one.text) || roads_named_.contains(one.text)); });
    std::vector<std::pair<double, std::uint32_t>> best;
    for (const auto key : touched) {
        const auto at_most = std::exchange(common[key], 0) + not_counted;
        if (4 * at_most < asked.size() + pair_counts_[key]) continue; // less than half alike, whatever was not counted
        if (keys_[key].text == question.core || (has_street && places_[keys_[key].place].kind == PlaceKind::door)) continue;
        const auto pairs = static_cast<double>(asked.size() + pair_counts_[key]);
        const auto agreement = not_counted == 0 ? 2.0 * static_cast<double>(at_most) / pairs : likeness(asked, pairs_of(keys_[key].text));
        if (agreement >= 0.5) best.emplace_back(agreement, key);
    }
    std::ranges::sort(best, [](const auto& a, const auto& b) { return std::tie(b.first, a.second) < std::tie(a.first, b.second); });
    if (best.size() > 20) best.resize(20);
    for (const auto& [agreement, key] : best) found.push_back(judged(question, places_[keys_[key].place], 0.85 * agreement, {Reason::alike}));
}

void AddressIndex::find_region(const Question& question, std::vector<Candidate>& found) const {
    // The smallest region that the text names.
    for (auto named = question.named.rbegin(); named != question.named.rend(); ++named) {
        const auto [from, to] = run_of(keys_, &Key::text, *named);
        for (auto at = from; at != to; ++at)
            if (places_[at->place].kind >= PlaceKind::community) {
                found.push_back({places_[at->place], 0.35, {Reason::region_only}});
                return;
            }
    }
}

std::vector<Candidate> AddressIndex::find(std::string_view text, const Wish& wish) const {
    Question question{.core = "", .elements = parse(text), .named = {}, .has_hint = false, .wish = wish};
    bool is_before = true; // regions stand before everything else
    for (const auto& element : question.elements) {
        const bool is_hint = element.kind == ElementKind::direction || element.kind == ElementKind::offset;
        question.has_hint = question.has_hint || is_hint;
        is_before = is_before && is_region(element.kind);
        if (is_before) question.named.push_back(element.text);
        else if (!is_hint && element.kind != ElementKind::cell) question.core += element.text;
    }
    std::vector<Candidate> found;
    if (!question.core.empty()) {
        find_whole(question, found);
        find_parts(question, found);
        if (found.empty() || found.front().score < 0.9) find_alike(question, found);
    }
    if (found.empty()) find_region(question, found);
    // Each place once, by its best way; equals by nearness.
    std::ranges::stable_sort(found, [&](const Candidate& a, const Candidate& b) {
        if (a.score != b.score) return a.score > b.score;
        return wish.has_near && geo::distance_m(a.place.point, wish.near) < geo::distance_m(b.place.point, wish.near);
    });
    std::set<std::pair<std::string, std::string>> seen;
    std::erase_if(found, [&](const Candidate& one) { return one.score < least_score || !seen.emplace(one.place.id, one.place.name).second; });
    if (found.size() > static_cast<std::size_t>(wish.limit)) found.resize(static_cast<std::size_t>(wish.limit));
    return found;
}

std::vector<Place> AddressIndex::suggest(std::string_view text, const Wish& wish) const {
    const auto asked = normalise(text);
    if (asked.empty()) return {};
    std::vector<std::pair<bool, std::uint32_t>> keys; // not at the beginning; key
    auto at = std::ranges::lower_bound(keys_, asked, {}, &Key::text);
    for (; at != keys_.end() && at->text.starts_with(asked) && keys.size() < 2'000; ++at) keys.emplace_back(false, static_cast<std::uint32_t>(at - keys_.begin()));
    if (keys.size() < static_cast<std::size_t>(wish.limit))
        for (const auto key : keys_with(asked, looked_at_max))
            if (!keys_[key].text.starts_with(asked)) keys.emplace_back(true, key);
    const auto order_of = [&](const std::pair<bool, std::uint32_t>& one) {
        const auto& place = places_[keys_[one.second].place];
        return std::tuple(one.first, wish.has_near ? std::floor(geo::distance_m(place.point, wish.near) / 500) : 0.0, place.kind == PlaceKind::door, keys_[one.second].text.size(), one.second);
    };
    std::vector<std::pair<decltype(order_of(keys[0])), std::uint32_t>> ordered;
    for (const auto& one : keys) ordered.emplace_back(order_of(one), keys_[one.second].place);
    std::ranges::sort(ordered);
    std::vector<Place> places;
    std::set<std::uint32_t> seen;
    for (const auto& [order, place] : ordered) {
        if (!seen.insert(place).second) continue;
        places.push_back(places_[place]);
        if (places.size() == static_cast<std::size_t>(wish.limit)) break;
    }
    return places;
}

} // namespace chengge::addresses
