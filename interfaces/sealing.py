"""Sealing at the door: texts become sealed values wherever a command's model has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

from domain.records import Command, Sealed
from domain.refusal import refuse
from eventstore.keyring import Keyring, UnknownPerson
from eventstore.reading import context_of


def models_of(commands: TypeAdapter[Command]) -> dict[str, type[BaseModel]]:
    """The models of an aggregate's commands, by kind, in the order of the union."""
    union = get_args(commands._type)[0]  # Annotated[union, discriminator]
    return {model.model_fields["kind"].default: model for model in get_args(union)}


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals the texts of one order (``command_id`` to ``stream``) for one person."""

    keyring: Keyring
    stream: str
    command_id: str
    subject: str

    async def seal(self, field: str, text: str) -> dict[str, Any]:
        """``text`` sealed, as JSON.

        Raises:
            Refused: ``seal.no_subject`` when there is nobody to seal it for, ``seal.erased`` when they were erased.
        """
        if not self.subject:
            raise refuse("seal.no_subject", field=field)
        context = context_of(self.stream, self.command_id, field)
        try:
            return (await self.keyring.seal(self.subject, context, text)).model_dump(mode="json")
        except UnknownPerson:
            raise refuse("seal.erased", field=field) from None

    async def seal_texts(self, commands: TypeAdapter[Command], command: Mapping[str, Any]) -> dict[str, Any]:
        """``command`` with every plain text that stands where a sealed value belongs sealed."""
        model = models_of(commands).get(str(command.get("kind")))
        return await self._fields(model, command) if model is not None else dict(command)

    async def _fields(self, model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
        sealed = dict(values)
        for name, field in model.model_fields.items():
            if name in values:
                sealed[name] = await self._field(name, field.annotation, values[name])
        return sealed

    async def _field(self, name: str, annotation: Any, value: Any) -> Any:
        if isinstance(value, str) and (annotation is Sealed or Sealed in get_args(annotation)):
            # Where the field takes either, it depends on whether somebody is named for whom it would be sealed.
            return value if str in get_args(annotation) and not self.subject else await self.seal(name, value)
        if isinstance(value, Mapping):
            if get_origin(annotation) is dict and get_args(annotation)[1] is Sealed:
                return {key: await self._field(f"{name}.{key}", Sealed, text) for key, text in value.items()}
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                return await self._fields(annotation, value)
        if isinstance(value, (list, tuple)) and get_origin(annotation) is tuple:
            return [await self._field(name, get_args(annotation)[0], item) for item in value]
        return value
