"""Addresses of the supervision desk."""

from django.urls import path, register_converter

from bihuan.desk import supervision


class FormOfPaper:
    """The end of an address that names the form of a paper."""

    regex = "pdf|docx"

    def to_python(self, value: str) -> str:
        """The form."""
        return value

    def to_url(self, value: str) -> str:
        """The end of the address."""
        return value


register_converter(FormOfPaper, "form")
urlpatterns = [
    path("letter/<int:letter_id>", supervision.letter, name="letter"),
    path("letter/<int:letter_id>/paper.<form:form>", supervision.letter_paper, name="letter-paper"),
    path("circular/new", supervision.new_circular, name="circular-new"),
    path("circular/<int:circular_id>", supervision.circular, name="circular"),
    path("circular/<int:circular_id>/paper.<form:form>", supervision.circular_paper, name="circular-paper"),
    path("instruction/<int:case_id>/paper.<form:form>", supervision.instruction_paper, name="instruction-paper"),
]
