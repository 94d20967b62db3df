package io.sendflowr.deploy.demo;

/**
 * What one platform knows somebody by.
 *
 * @param platform its name, as the source of events and links
 * @param type identifier type
 * @param id identifier
 */
record Profile(String platform, String type, String id) {}
