import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { progressBarField, ProgressBarField } from "@web/views/fields/progress_bar/progress_bar_field";

/**
 * What a person reads for a share in per cent: rounded down, so that 2,430 of 2,431 is
 * never shown as “100”, and up from nothing, so that 1 of 100,000 is not “0”.
 *
 * @param {number} percent
 * @returns {string}
 */
export function honestPercent(percent) {
    const floored = Math.floor(percent * 10) / 10;
    const shown = percent > 0 && floored === 0 ? 0.1 : floored;
    return formatFloat(shown, { digits: [16, 1], trailingZeros: false });
}

/** A progress bar that fills the room it has and never claims more than is true. */
export class GhlCoverageField extends ProgressBarField {
    formatCurrentValue() {
        return honestPercent(this.currentValue);
    }
}

registry.category("fields").add("ghl_coverage", {
    ...progressBarField,
    component: GhlCoverageField,
    displayName: _t("Share in Per Cent"),
    supportedTypes: ["float"],
});
