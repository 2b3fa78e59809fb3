"""A form with a field of every sort, one of them wrong."""

from django import forms


class SampleForm(forms.Form):
    """What an editor fills in for a notice."""

    title = forms.CharField(label="Title", max_length=90, help_text="Up to 90 characters.")
    day = forms.DateField(label="Publish on")
    department = forms.ChoiceField(
        label="Department", choices=[("emergency", "Emergency, Pärnu"), ("nursing", "Nursing")]
    )
    message = forms.CharField(label="Message", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    urgent = forms.BooleanField(label="Show it above the timeline", required=False)

    def clean(self) -> dict[str, object]:
        """One error that belongs to no field, so that the guide shows its place."""
        raise forms.ValidationError("A notice of this title is already planned.")


def sample_form() -> SampleForm:
    """The form as it comes back: a day that does not exist, and an error of the whole."""
    data = {"title": "Night bus from ward 6", "day": "2026-11-31", "department": "emergency"}
    return SampleForm(data, auto_id="sample_%s")
