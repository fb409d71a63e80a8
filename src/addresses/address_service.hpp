// Geocoding (GB/T 30428.3): a text → where that is, a point → how that place is called, over the registry's layers
// `addresses` and `roads` and the grid's regions. The one public face of the module.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addresses/address_index.hpp"
#include "base/result.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "registry/registry_service.hpp"

namespace chengge::addresses {

struct AddressParts {
    identity::IdentityService& identity;
    grid::GridService& grid;
    registry::RegistryService& registry;
};

// A candidate with the cell and community its point lies in.
struct Located {
    Candidate candidate;
    std::string cell_code, community_code, community_name, district_name; // empty: outside the city
};

// How a place is called. `text` found again lies in the same cell.
struct Called {
    std::string text;     // 赤坎区南桥街道书院社区书院巷12号附近
    std::string short_text; // without the regions before it
    grid::Place place;
    std::optional<Place> address;  // the nearest door or building of the same cell
    double address_m = 0;
    std::optional<Place> landmark; // the nearest point of interest or landmark of the same cell
    double landmark_m = 0;
    std::string landmark_side;     // where the point lies seen from it: east, north_east, …; empty within 10 m
    std::string street;            // the nearest street
    double street_m = 0;
};

// What makes two texts the same address.
struct StandardAddress {
    std::string key;  // equal keys, the same address: the feature's id; of a number between two known doors its community, street and number
    std::string name; // 榕荫路12号
};

class AddressService {
public:
    // The index is made when first asked for; a version of one of the layers that comes into force is in it within two seconds.
    explicit AddressService(AddressParts parts);
    ~AddressService();

    // Best first, at most wish.limit, none below a score of 0.3; empty when nothing is known of the text.
    std::vector<Located> geocode(std::string_view text, const Wish& wish) const;
    // Refusals as GridService::locate.
    Result<Called> reverse(double lon, double lat, std::string_view coord_type) const;
    std::vector<Place> suggest(std::string_view text, const Wish& wish) const;
    // The standard address that somebody's words about a point (CGCS2000) mean: a door, a building or a named place within 500 m of it,
    // however it was written. Nothing where the words leave a doubt, or name no more than a street, an estate or a region.
    std::optional<StandardAddress> standard_address(std::string_view text, geo::Point point) const;
    std::vector<Element> parse(std::string_view text) const;
    // A table with a column address (地址) → the same with what was found behind it; one with lon and lat (经度, 纬度) → how
    // the places are called. Refusals: bad_csv (facts: line, reason), too_many_rows (facts: rows_max).
    Result<std::string> run_table(std::string_view csv, std::string_view coord_type) const;
    std::size_t size() const; // places known

    void add_routes(http::Router& router, const http::Problems& problems);

private:
    struct State;
    AddressParts parts_;
    std::shared_ptr<State> state_;
};

} // namespace chengge::addresses
