// Every address the city knows, ready to be looked for: whole names, aliases, streets with their door numbers, pairs of
// characters. Immutable; made from one version of the address layer, the roads and the regions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "addresses/address_text.hpp"
#include "geo/geometry.hpp"

namespace chengge::addresses {

// GB/T 30428.3 基本地点; the better one comes first when names agree equally.
enum class PlaceKind { door, building, poi, landmark, estate, block, zone, street, community, town, county };
std::string_view name_of(PlaceKind kind);

struct Place {
    std::string id;   // of its layer's feature, or a region's code
    std::string name; // whole, as people say it within its district
    std::vector<std::string> aliases;
    PlaceKind kind = PlaceKind::poi;
    geo::Point point;
    std::string region;  // code of the community (12 digits), or of the smallest region known
    std::string manager; // code of the district that answers for it; may not be what the region's code begins with
};

struct Road {
    std::string name;
    geo::MultiLine lines;
};

// How far a candidate is to be believed, and why.
enum class Reason {
    same_name,       // the whole name is the same
    alias,           // it is known by this name too
    same_door,       // street and door number are the same
    between_doors,   // put between the neighbouring numbers of the same side
    street_only,     // the street is known, the number is not
    crossing,        // where two streets meet
    alike,           // most characters agree
    within_name,     // the name stands in the text
    cell,            // the code of a unit grid cell
    region_only,     // nothing but the region is known
    region_differs,  // the text names another region than the place lies in
    region_unsaid,   // several of this name, the text does not say which
    direction_unused // a direction or a distance was said: a hint, never a place
};
std::string_view name_of(Reason reason);

struct Candidate {
    Place place;
    double score = 0; // 0 … 1; 1 = the same name in the same region
    std::vector<Reason> reasons;
};

// What is asked beside the text.
struct Wish {
    geo::Point near; // what lies nearer comes first among equals
    bool has_near = false;
    int limit = 10;
};

class AddressIndex {
public:
    AddressIndex(std::vector<Place> places, std::vector<Road> roads);

    // Forward (GB/T 30428.3: exact → alias → parts → fuzzy): best first, none below 0.3.
    std::vector<Candidate> find(std::string_view text, const Wish& wish) const;
    // While somebody types: names that begin with the text, then names that contain it.
    std::vector<Place> suggest(std::string_view text, const Wish& wish) const;
    std::vector<Element> parse(std::string_view text) const { return addresses::parse(text, gazetteer_); }
    // The nearest point of the road's lines; nothing when the road is not known.
    struct OnRoad {
        std::string name;
        geo::Point point;
        double metres = 0;
    };
    std::vector<OnRoad> roads_near(geo::Point point, double metres_max) const; // nearest first
    // Places within the distance, nearest first.
    struct Near {
        const Place* place;
        double metres;
    };
    std::vector<Near> places_near(geo::Point point, double metres_max, std::size_t limit) const;

    std::size_t size() const { return places_.size(); }

private:
    // A text by which a place is found.
    struct Key {
        std::string text; // normalised
        std::uint32_t place = 0;
        bool is_alias = false;
    };
    struct Door {
        int number = 0;
        std::uint32_t place = 0;
    };
    struct Question;
    void add_keys();
    void add_doors();
    void add_pairs();
    void add_bins();
    void find_whole(const Question& question, std::vector<Candidate>& found) const;
    void find_parts(const Question& question, std::vector<Candidate>& found) const;
    void find_alike(const Question& question, std::vector<Candidate>& found) const;
    void find_region(const Question& question, std::vector<Candidate>& found) const;
    Candidate judged(const Question& question, Place place, double score, std::vector<Reason> reasons) const;
    std::optional<Place> between_doors(const std::string& street, int number) const;
    std::optional<geo::Point> crossing_of(const std::string& one, const std::string& other) const;
    std::vector<std::uint32_t> keys_with(std::string_view text, std::size_t looked_at_max) const;

    std::vector<Place> places_;
    std::vector<Road> roads_;
    Gazetteer gazetteer_;
    std::vector<Key> keys_;                                                   // by text
    std::unordered_map<std::string, std::vector<Door>> doors_;                // by normalised street
    std::unordered_map<std::string, std::vector<std::uint32_t>> roads_named_; // by normalised name
    std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> pairs_;     // two characters → keys
    std::vector<std::uint32_t> pair_counts_; // of a key
    std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> bins_;      // squares of the ground → places
    std::unordered_map<std::uint64_t, std::vector<std::pair<std::uint32_t, std::uint32_t>>> road_bins_; // → road, line
};

} // namespace chengge::addresses
