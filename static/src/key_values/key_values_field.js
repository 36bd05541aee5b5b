import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

const WEB_ADDRESS = /(https?:\/\/[^\s;,()"<>]+)/i;

/**
 * What a person reads for a JSON value. Nothing is left out: nested values that have
 * no simple form are shown as JSON.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function readable(value) {
    if (value === null || value === undefined || value === "") {
        return "–";
    }
    if (typeof value === "boolean") {
        return String(value ? _t("Yes") : _t("No"));
    }
    if (Array.isArray(value)) {
        return value.length ? value.map(nested).join(", ") : "–";
    }
    if (typeof value === "object") {
        return Object.entries(value)
            .map(([key, part]) => `${key}: ${nested(part)}`)
            .join("; ");
    }
    return String(value);
}

function nested(value) {
    const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
    return isObject ? `(${readable(value)})` : readable(value);
}

/**
 * Cut a text at its web addresses, so that they can be shown as links.
 *
 * @param {string} text
 * @returns {{ text: string, href: string | false }[]}
 */
export function linkParts(text) {
    return text
        .split(WEB_ADDRESS)
        .map((part, index) => ({ text: part, href: index % 2 ? part : false }))
        .filter((part) => part.text);
}

/** A JSON object as a table of names and values, read-only. */
export class GhlKeyValuesField extends Component {
    static template = "ghl_contact_sync.KeyValuesField";
    static props = { ...standardFieldProps };

    get rows() {
        const value = this.props.record.data[this.props.name] || {};
        return Object.entries(value)
            .map(([name, part]) => ({ name, parts: linkParts(readable(part)) }))
            .sort((a, b) => a.name.localeCompare(b.name));
    }
}

registry.category("fields").add("ghl_key_values", {
    component: GhlKeyValuesField,
    displayName: _t("Names and Values"),
    supportedTypes: ["json"],
});
