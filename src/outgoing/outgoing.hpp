// To other people's servers: an HTTP exchange, a letter handed over by SMTP. libcurl stands behind it; nothing else sees it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http/address_list.hpp"

namespace chengge::outgoing {

struct HttpSending {
    std::string url; // http:// or https://
    std::string method = "GET";
    std::vector<std::string> headers; // "Name: value"
    std::string body;                 // not of GET
    std::string ca_file;              // PEM to believe; empty = the system's authorities
    int seconds = 15;                 // for the whole exchange; connecting takes at most ten of them
    const http::AddressList* permitted = nullptr; // given: public addresses and these; otherwise any
    std::size_t kept_most = 64 * 1024;      // bytes of the answer that are kept
    std::size_t received_most = 1024 * 1024; // an answer is broken off beyond these
};

struct HttpAnswered {
    int code = 0;       // 0: an answer came, perhaps broken off by us; else libcurl's number
    std::string reason; // without an answer: connect, tls, sign_in
    long status = 0;
    bool may_have_left = false;  // bytes of the request went out
    bool was_closed_off = false; // an inner address that is not permitted: nothing was sent
    bool is_whole = true;        // false: `body` lacks what was beyond kept_most
    std::string content_type, body;
};

// Redirects are answers like others: they are not followed.
HttpAnswered exchange_http(const HttpSending& sending);

struct MailSending {
    std::string server;   // host:port
    std::string security; // starttls, tls, none
    std::string user, password; // empty = no signing in
    std::string from, to; // addresses without angle brackets
    std::string ca_file;
    int seconds = 20;
    std::string_view letter; // RFC 5322
};

struct MailAnswered {
    int code = 0;       // 0: taken
    std::string reason; // connect, tls, sign_in
    std::string words;  // the library's, for a log
    long status = 0;    // the server's last code
    bool is_whole_out = false; // the whole letter has left
};

MailAnswered hand_over_mail(const MailSending& sending);

// A loopback, private, link-local, multicast or unspecified address, IPv4 also in its IPv6 forms.
bool is_inner_address(std::string_view address);

} // namespace chengge::outgoing
